/** The way out for what a handler throws: refusals as they are, a silent record as 503, everything else as 500. */
import type { Random } from '../actors/runtime/ports.ts'
import { storeError } from '../store/postgres.ts'
import { Refusal } from './problem.ts'

/** What the operator sees of an error that should not have been. Never holds a key or a query, which may carry a token. */
export interface ErrorReport {
  readonly level: 'error'
  readonly event: 'unexpected_error'
  readonly request_id: string
  readonly where: string
  readonly error: string
  readonly stack: string | null
}

/** @param where  the method and the route's pattern, or the kind of socket. */
export function refusalOf(error: unknown, where: string, random: Random): Refusal {
  if (error instanceof Refusal) return error
  const silent = storeError(error)
  if (silent !== null) {
    return new Refusal('record_unavailable', 'The record does not answer. Nothing is known to be lost; try again.', {
      cause: silent,
    })
  }
  const requestId = newRequestId(random)
  report(error, requestId, where)
  return new Refusal('internal', `Something is wrong here, not with the request. It was logged as ${requestId}.`, {
    members: { request_id: requestId },
    cause: error,
  })
}

function report(error: unknown, requestId: string, where: string): void {
  const line: ErrorReport = {
    level: 'error',
    event: 'unexpected_error',
    request_id: requestId,
    where,
    error: String(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
  }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

function newRequestId(random: Random): string {
  return `req_${Math.floor(random() * 2 ** 48)
    .toString(36)
    .padStart(10, '0')}`
}
