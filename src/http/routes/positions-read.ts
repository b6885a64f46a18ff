/** Where drivers are, were, and which of them are near. */
import type { Page as StoredPage } from '../../store/cursor.ts'
import { type PositionRecord, routeOf } from '../../store/records-positions.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, JSON_HEADERS, json, type Operation } from '../endpoint.ts'
import { pageFrom, pageRequest } from '../pages.ts'
import { invalidField, notFound } from '../problem.ts'
import { readQuery } from '../query.ts'
import { currentOf } from '../reads.ts'
import { renderCurrent, renderNear } from '../render/position.ts'
import { renderFeature, renderRoutePoint } from '../render/route.ts'
import { parseInstant } from '../rfc3339.ts'
import { Page } from '../schemas/common.ts'
import {
  CurrentLocation,
  NearbyParameters,
  NearbyResult,
  nearbyQuery,
  RouteFeature,
  RoutePoint,
  RouteQuery,
  routeQuery,
} from '../schemas/position.ts'
import { after, type Soon } from '../soon.ts'
import { driverIdOf } from './params.ts'

const TAG = 'Positions'
const RADIUS_DEFAULT_M = 1_000
const NEARBY_DEFAULT = 50
const ROUTE_DEFAULT = 1_000
/** Without a start, a route begins a day before its end. */
const ROUTE_SPAN_MS = 86_400_000

const GET_LOCATION: Operation = {
  tag: TAG,
  summary: 'Where a driver is now.',
  answers: { 200: { description: 'The newest position.', schema: CurrentLocation } },
  problems: ['not_found', 'record_unavailable'],
}
const GET_ROUTE: Operation = {
  tag: TAG,
  summary: 'Where a driver was, oldest first.',
  description:
    'By default the last 24 hours before `end_time`, which is now by default. With `format=geojson` a Feature with a ' +
    'LineString whose `properties` have the `times` and the `next_cursor`.',
  query: RouteQuery,
  answers: {
    200: {
      description: 'Points, or a GeoJSON Feature.',
      schema: Page(RoutePoint),
      also: { 'application/geo+json': RouteFeature },
    },
  },
  problems: ['record_unavailable'],
}
const GET_NEARBY: Operation = {
  tag: TAG,
  summary: 'The drivers near a point, nearest first.',
  description: 'Never one whose position is stale.',
  query: NearbyParameters,
  answers: { 200: { description: 'The drivers.', schema: NearbyResult } },
}

export function positionReadRoutes(http: Http): Endpoint[] {
  return ['/v1', '/api/v1'].flatMap((root): Endpoint[] => [
    {
      method: 'GET',
      path: `${root}/drivers/nearby`,
      access: 'key',
      operation: GET_NEARBY,
      handle: call => nearby(http, call),
    },
    {
      method: 'GET',
      path: `${root}/drivers/{driver_id}/location`,
      access: 'key',
      operation: GET_LOCATION,
      handle: call => current(http, call),
    },
    {
      method: 'GET',
      path: `${root}/drivers/{driver_id}/route`,
      access: 'key',
      operation: GET_ROUTE,
      handle: call => route(http, call),
    },
  ])
}

function current(http: Http, call: Call): Soon<Response> {
  return after(currentOf(http, driverIdOf(call)), driver => {
    if (driver === null) throw notFound('position of this driver')
    return json(200, renderCurrent(driver, http.clock.nowMs(), http.config.staleS * 1_000))
  })
}

async function route(http: Http, call: Call): Promise<Response> {
  const driverId = driverIdOf(call)
  const query = readQuery(routeQuery, call.request)
  const endMs = instantOf(query.end_time) ?? http.clock.nowMs()
  const startMs = instantOf(query.start_time) ?? endMs - ROUTE_SPAN_MS
  if (startMs > endMs) throw invalidField('/start_time', 'Expected a time before end_time')
  const page = await pageFrom(routeOf(http.sql, { driverId, startMs, endMs, ...pageRequest(query, ROUTE_DEFAULT) }))
  return query.format === 'geojson' ? geoJson(driverId, page) : json(200, points(page))
}

function instantOf(text: string | undefined): number | null {
  return text === undefined ? null : parseInstant(text)
}

function points({ data, nextCursor }: StoredPage<PositionRecord>): object {
  return { data: data.map(renderRoutePoint), next_cursor: nextCursor }
}

function geoJson(driverId: string, page: StoredPage<PositionRecord>): Response {
  const feature = renderFeature(driverId, page.data, page.nextCursor)
  return new Response(JSON.stringify(feature), { headers: { ...JSON_HEADERS, 'content-type': 'application/geo+json' } })
}

function nearby(http: Http, call: Call): Soon<Response> {
  const query = readQuery(nearbyQuery, call.request)
  const nowMs = http.clock.nowMs()
  const found = http.hotView.of(call.principal.mode).nearby({
    latitude: query.lat,
    longitude: query.lng,
    radiusM: query.radius ?? RADIUS_DEFAULT_M,
    limit: query.limit ?? NEARBY_DEFAULT,
    freshSinceMs: nowMs - http.config.staleS * 1_000,
    ...(query.vehicle_type === undefined ? {} : { vehicleType: query.vehicle_type }),
    ...(query.status === undefined ? {} : { status: query.status }),
  })
  return after(found, near => json(200, { drivers: near.map(driver => renderNear(driver, nowMs)) }))
}
