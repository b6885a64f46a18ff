/** Positions over HTTP: one at a time, or a batch of many drivers. An acknowledged position is a committed one. */
import type { FixResult } from '../../actors/gateway.ts'
import type { DriverFix } from '../../domain/fix.ts'
import type { DriverId } from '../../domain/ids.ts'
import { isDriverOf } from '../access/own-mode.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json, type Operation } from '../endpoint.ts'
import { fixOf, settledAs } from '../positions.ts'
import { invalid, notFound, Refusal } from '../problem.ts'
import { formatInstant } from '../rfc3339.ts'
import {
  BatchBody,
  BatchResult,
  batchEnvelope,
  batchRow,
  LocationBody,
  LocationResult,
  location,
} from '../schemas/position.ts'
import { checked } from '../validate.ts'
import { driverIdOf } from './params.ts'

const TAG = 'Positions'

const POST_LOCATION: Operation = {
  tag: TAG,
  summary: 'Where a driver is.',
  description:
    'Answered once the position is committed. `late`: older than the newest, kept in the history only. `ignored`: never ' +
    'stored, with the reason. Unknown fields are ignored.',
  body: LocationBody,
  answers: { 202: { description: 'Committed, or ignored.', schema: LocationResult } },
  problems: ['not_found', 'unstorable', 'overloaded', 'record_unavailable'],
}

export function positionInRoutes(http: Http): Endpoint[] {
  const one = (call: Call): Promise<Response> => postLocation(http, call)
  return [
    { method: 'POST', path: '/v1/drivers/{driver_id}/location', access: 'key', operation: POST_LOCATION, handle: one },
    {
      method: 'POST',
      path: '/api/v1/drivers/{driver_id}/location',
      access: 'key',
      operation: POST_LOCATION,
      handle: one,
    },
    {
      method: 'POST',
      path: '/v1/locations',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Where many drivers are.',
        description: 'Up to 1,000 rows. A bad row is rejected and takes no other down.',
        body: BatchBody,
        answers: { 202: { description: 'What became of the rows.', schema: BatchResult } },
        problems: ['overloaded', 'record_unavailable'],
      },
      handle: call => postLocations(http, call),
    },
  ]
}

async function postLocation(http: Http, call: Call): Promise<Response> {
  const driverId = driverIdOf(call)
  const body = await readJson(call.request, http.config.limits.positionBytesMax)
  if (!location.accepts(body)) {
    http.metrics.positions.invalid++
    throw invalid(location.errors(body))
  }
  const [result] = await http.gateway.ingest([{ driverId, fix: fixOf(body) }])
  if (result === undefined) throw new Error('the gateway answered nothing for a position')
  return locationAnswer(http, driverId, result)
}

function locationAnswer(http: Http, driverId: DriverId, result: FixResult): Response {
  const settled = settledAs(result, http.metrics)
  const about = { driver_id: driverId, recorded_at: formatInstant(result.recordedAtMs) }
  switch (settled.kind) {
    case 'accepted':
      return json(202, { ...about, status: settled.status })
    case 'ignored':
      return json(202, { ...about, status: 'ignored', reason: settled.reason })
    case 'refused':
      throw settled.code === 'not_found' ? notFound('driver') : new Refusal(settled.code, settled.message)
  }
}

interface Rejected {
  readonly index: number
  readonly code: string
  readonly message: string
}

async function postLocations(http: Http, call: Call): Promise<Response> {
  const { locations } = checked(batchEnvelope, await readJson(call.request, http.config.limits.batchBytesMax))
  const fixes: DriverFix[] = []
  const indexes: number[] = []
  const rejected: Rejected[] = []
  const { role, id, mode } = call.principal
  const isOwn = (driverId: string): boolean => isDriverOf(mode, driverId) && (role !== 'driver' || driverId === id)
  for (const [index, row] of locations.entries()) {
    if (batchRow.accepts(row) && !isOwn(row.driver_id)) {
      rejected.push({ index, code: 'not_found', message: 'There is no such driver.' })
    } else if (batchRow.accepts(row)) {
      fixes.push({ driverId: row.driver_id as DriverId, fix: fixOf(row) })
      indexes.push(index)
    } else {
      const errors = batchRow.errors(row)
      rejected.push({ index, code: 'invalid', message: errors.map(e => `${e.path}: ${e.message}`).join('; ') })
    }
  }
  http.metrics.positions.invalid += rejected.length
  const results = fixes.length === 0 ? [] : await http.gateway.ingest(fixes)
  if (results.length > 0 && results.every(({ result }) => result === 'overloaded')) {
    http.metrics.positions.overloaded += results.length
    throw new Refusal('overloaded', 'None of the positions was taken in; send them again.')
  }
  return json(202, batchAnswer(http, results, indexes, rejected))
}

function batchAnswer(
  http: Http,
  results: readonly FixResult[],
  indexes: readonly number[],
  rejected: Rejected[],
): object {
  const counts = { committed: 0, late: 0, ignored: 0 }
  for (const [i, result] of results.entries()) {
    const settled = settledAs(result, http.metrics)
    if (settled.kind === 'accepted') counts[settled.status]++
    else if (settled.kind === 'ignored') counts.ignored++
    else rejected.push({ index: indexes[i] ?? i, code: settled.code, message: settled.message })
  }
  return { ...counts, rejected: rejected.sort((a, b) => a.index - b.index) }
}
