/** What names a request, here and in front of us: `X-Request-Id`, in and out, in problem documents and in the log. */
import type { Random } from '../actors/runtime/ports.ts'

export const REQUEST_ID = 'x-request-id'

/** What others make: UUIDs, ULIDs, base64. Anything else might be made to look like a line of the log, or like somebody's name. */
const TAKEN_OVER = /^[\w.:/+=-]{1,128}$/

export function requestIdOf(request: Request, random: Random): string {
  const given = request.headers.get(REQUEST_ID)
  return given !== null && TAKEN_OVER.test(given) ? given : newRequestId(random)
}

export function newRequestId(random: Random): string {
  return `req_${Math.floor(random() * 2 ** 48)
    .toString(36)
    .padStart(10, '0')}`
}
