/** The way out for what a handler throws: refusals as they are, a silent record as 503, everything else as 500. */
import type { Log } from '../actors/runtime/log.ts'
import type { Random } from '../actors/runtime/ports.ts'
import { storeError } from '../store/postgres.ts'
import { Refusal } from './problem.ts'
import { newRequestId } from './request-id.ts'

export interface ErrorDeps {
  readonly log: Log
  readonly random: Random
}

/**
 * @param where  the method and the route's pattern, or the kind of socket.
 * @param requestId  left out where it is no answer to a request of its own: a frame of a socket.
 */
export function refusalOf(
  error: unknown,
  where: string,
  { log, random }: ErrorDeps,
  requestId = newRequestId(random),
): Refusal {
  if (error instanceof Refusal) return error
  const silent = storeError(error)
  if (silent !== null) {
    return new Refusal('record_unavailable', 'The record does not answer. Nothing is known to be lost; try again.', {
      cause: silent,
    })
  }
  log.error('an error that should not have been', {
    event: 'unexpected_error',
    request_id: requestId,
    where,
    error: String(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
  })
  return new Refusal('internal', `Something is wrong here, not with the request. It was logged as ${requestId}.`, {
    members: { request_id: requestId },
    cause: error,
  })
}
