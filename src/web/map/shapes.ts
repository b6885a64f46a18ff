/** Orders, ways and links as the shapes that the map draws. */
import type { Order, Place } from '../shared/views.ts'

type Spot = Pick<Place, 'longitude' | 'latitude'>

/** Between a driver and the pickup of an order. */
export interface Link {
  readonly driverId: string
  readonly to: Spot
  /** Asked just now, or weighed in the decision that is looked at. */
  readonly kind: 'offer' | 'candidate' | 'chosen'
}

/** Of an order that is on its way to its drop-off the pickup is past, and is shown only where it is the one that is looked at. */
export function orderShapes(orders: readonly Order[], chosenId: string | null): GeoJSON.FeatureCollection {
  const points = orders.filter(o => o.status !== 'en_route_to_dropoff' || o.order_id === chosenId)
  return collection(
    points.map(o => ({
      type: 'Feature',
      properties: { id: o.order_id, waits: o.status === 'placed', chosen: o.order_id === chosenId },
      geometry: pointOf(o.pickup),
    })),
  )
}

/** The way of one order, of a draft, or nothing. */
export function wayShapes(pickup: Spot | null, dropoff: Spot | null): GeoJSON.FeatureCollection {
  if (pickup === null) return collection([])
  const ends = [pickup, ...(dropoff ? [dropoff] : [])]
  const points = ends.map(
    (place, i): GeoJSON.Feature => ({
      type: 'Feature',
      properties: { end: i === 0 ? 'pickup' : 'dropoff' },
      geometry: pointOf(place),
    }),
  )
  return collection([{ type: 'Feature', properties: { end: 'line' }, geometry: lineOf(ends) }, ...points])
}

/** @param from  where a driver is shown; null: not on the map. */
export function linkShapes(links: readonly Link[], from: (driverId: string) => Spot | null): GeoJSON.FeatureCollection {
  return collection(
    links.flatMap(({ driverId, to, kind }) => {
      const driver = from(driverId)
      return driver === null ? [] : [{ type: 'Feature', properties: { kind }, geometry: lineOf([driver, to]) }]
    }),
  )
}

function collection(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: 'FeatureCollection', features }
}

function lineOf(places: readonly Spot[]): GeoJSON.LineString {
  return { type: 'LineString', coordinates: places.map(p => [p.longitude, p.latitude]) }
}

function pointOf({ longitude, latitude }: Spot): GeoJSON.Point {
  return { type: 'Point', coordinates: [longitude, latitude] }
}
