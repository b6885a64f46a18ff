import type { PositionRecord } from '../../store/records-positions.ts'
import { formatInstant } from '../rfc3339.ts'
import type { RoutePoint } from '../schemas/position.ts'

export function renderRoutePoint(point: PositionRecord): RoutePoint {
  return {
    latitude: point.latitude,
    longitude: point.longitude,
    speed: point.speed,
    heading: point.heading,
    accuracy: point.accuracy,
    recorded_at: formatInstant(point.recordedAtMs),
    received_at: formatInstant(point.receivedAtMs),
    order_id: point.orderId,
  }
}

/** A line needs two points (RFC 7946): a single one is drawn twice, none is no geometry at all. */
export function renderFeature(driverId: string, points: readonly PositionRecord[], nextCursor: string | null): object {
  const coordinates = points.map(({ longitude, latitude }) => [longitude, latitude])
  const [only] = coordinates
  const line = coordinates.length === 1 && only !== undefined ? [only, only] : coordinates
  return {
    type: 'Feature',
    geometry: line.length === 0 ? null : { type: 'LineString', coordinates: line },
    properties: {
      driver_id: driverId,
      times: points.map(({ recordedAtMs }) => formatInstant(recordedAtMs)),
      next_cursor: nextCursor,
    },
  }
}
