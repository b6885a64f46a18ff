/**
 * The way in for phones that speak the OsmAnd protocol. They cannot set headers, so this is the one plain route that takes a
 * driver's credential out of the URL, where logs and histories may keep it: a driver's, and of nobody with more to lose.
 */
import { Type } from '@sinclair/typebox'
import { type DriverId, parseDriverId } from '../../domain/ids.ts'
import { checkDriverMode } from '../access/own-mode.ts'
import { readJson, readText } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json, type Operation } from '../endpoint.ts'
import { type OsmAndReport, reportOfFields, reportOfJson } from '../osmand.ts'
import { fixOf, settledAs } from '../positions.ts'
import { invalid, invalidField, notFound, Refusal } from '../problem.ts'
import { searchParams } from '../query.ts'
import { formatInstant } from '../rfc3339.ts'
import { LocationResult, locationFrame } from '../schemas/position.ts'

const PATH = '/v1/osmand'

const Parameters = Type.Object({
  token: Type.Optional(Type.String({ description: 'A driver’s token or API key, where no header can be set.' })),
  id: Type.Optional(Type.String({ description: 'The driver: whose the token is. Also `deviceid`. Required.' })),
  lat: Type.Optional(Type.Number({ description: 'Degrees. Required.' })),
  lon: Type.Optional(Type.Number({ description: 'Degrees. Required.' })),
  timestamp: Type.Optional(Type.String({ description: 'Unix seconds or milliseconds, or ISO 8601; now if left out.' })),
  speed: Type.Optional(Type.Number({ description: 'Knots.' })),
  bearing: Type.Optional(Type.Number({ description: 'Degrees clockwise from north.' })),
  accuracy: Type.Optional(Type.Number({ description: 'Metres.' })),
  altitude: Type.Optional(Type.Number({ description: 'Ignored, as are `batt`, `charge` and everything else.' })),
  batt: Type.Optional(Type.Number()),
})

const OPERATION: Operation = {
  tag: 'Positions',
  summary: 'Where a phone is, in the OsmAnd protocol of Traccar Client.',
  description:
    'In the query, as a form, or as the JSON of Traccar Client 9 and later (`{location: {timestamp, coords}, device_id}`, speed in ' +
    'm/s there). Answered once the position is committed. A speed, bearing or accuracy that cannot be is ignored.',
  query: Parameters,
  answers: { 200: { description: 'Committed, or ignored.', schema: LocationResult } },
  problems: ['not_found', 'unstorable', 'overloaded', 'record_unavailable'],
}
const OF_BODIES = ['malformed', 'too_large', 'unsupported_media_type'] as const
const POSTED: Operation = { ...OPERATION, problems: [...(OPERATION.problems ?? []), ...OF_BODIES] }

export function osmAndRoutes(http: Http): Endpoint[] {
  const handle = (call: Call): Promise<Response> => report(http, call)
  return [
    { method: 'GET', path: PATH, access: 'key', operation: OPERATION, handle },
    { method: 'POST', path: PATH, access: 'key', operation: POSTED, handle },
  ]
}

async function report(http: Http, call: Call): Promise<Response> {
  checkCredential(call)
  const said = await reportOf(call.request, http.config.limits.positionBytesMax)
  const driverId = driverOf(call, said)
  const { body, isVoid, paths } = said
  if (!locationFrame.accepts(body)) {
    http.metrics.positions.invalid++
    throw invalid(locationFrame.errors(body).map(error => ({ ...error, path: paths[error.path] ?? error.path })))
  }
  const fix = fixOf(body)
  if (isVoid) return ignored(driverId, fix.recordedAtMs ?? http.clock.nowMs(), 'not_valid')
  const [result] = await http.gateway.ingest([{ driverId, fix }])
  if (result === undefined) throw new Error('the gateway answered nothing for a position')
  const settled = settledAs(result, http.metrics)
  switch (settled.kind) {
    case 'accepted':
      return json(200, { ...about(driverId, result.recordedAtMs), status: settled.status })
    case 'ignored':
      return ignored(driverId, result.recordedAtMs, settled.reason)
    case 'refused':
      throw settled.code === 'not_found' ? notFound('driver') : new Refusal(settled.code, settled.message)
  }
}

/** @throws {Refusal} `forbidden` */
function checkCredential({ request, principal }: Call): void {
  const isInHeader = (request.headers.get('authorization') ?? '') !== ''
  if (isInHeader || principal.role === 'driver') return
  throw new Refusal('forbidden', 'In a URL only a driver’s token or key is taken; send this one as a header.')
}

/** Query and form together: a token stands in the one and a position perhaps in the other. */
async function reportOf(request: Request, maxBytes: number): Promise<OsmAndReport> {
  const query = searchParams(request)
  if (request.method === 'GET' || request.body === null) return reportOfFields(query)
  const type = request.headers.get('content-type') ?? ''
  if (/json/i.test(type)) return reportOfJson(await readJson(request, maxBytes))
  for (const [name, value] of new URLSearchParams(await readText(request, maxBytes))) {
    if (!query.has(name)) query.set(name, value)
  }
  return reportOfFields(query)
}

/** @throws {Refusal} `invalid`, or `not_found`: a driver speaks for itself. */
function driverOf({ principal }: Call, { id, paths }: OsmAndReport): DriverId {
  const driverId = parseDriverId(typeof id === 'string' ? id : '')
  if (driverId === null) throw invalidField(paths['/id'] ?? '/id', 'Expected the driver: 1–64 of A–Z a–z 0–9 _ -')
  checkDriverMode(driverId, principal.mode)
  if (principal.role === 'driver' && driverId !== principal.id) throw notFound('driver')
  return driverId
}

function ignored(driverId: DriverId, recordedAtMs: number, reason: string): Response {
  return json(200, { ...about(driverId, recordedAtMs), status: 'ignored', reason })
}

function about(driverId: DriverId, recordedAtMs: number): object {
  return { driver_id: driverId, recorded_at: formatInstant(recordedAtMs) }
}
