import type { UnixMs } from '../domain/ids.ts'
import type { Http } from './context.ts'
import { invalidField } from './problem.ts'
import { parseInstant } from './rfc3339.ts'

/**
 * @param text  of `scheduled_at`, a time; or nothing, for now.
 * @throws {Refusal} `invalid` where it has passed or is too far away. A minute ago is now: the request was under way.
 */
export function scheduledAtMs(http: Http, text: string | null | undefined): UnixMs | null {
  const atMs = typeof text === 'string' ? parseInstant(text) : null
  if (atMs === null) return null
  const { scheduleBehindMaxS, scheduleAheadMaxS } = http.config.limits
  const aheadS = (atMs - http.clock.nowMs()) / 1_000
  if (aheadS < -scheduleBehindMaxS) throw invalidField('/scheduled_at', 'Expected a time to come')
  if (aheadS > scheduleAheadMaxS) {
    throw invalidField('/scheduled_at', `Expected a time within ${scheduleAheadMaxS / 86_400} days`)
  }
  return atMs
}

/**
 * @param text  of `ready_at`, a time; or nothing, where there is something to pick up at once.
 * @throws {Refusal} `invalid` where it is too far away. One that has passed is an order that is ready.
 */
export function readyAtMs(http: Http, text: string | null | undefined): UnixMs | null {
  const atMs = typeof text === 'string' ? parseInstant(text) : null
  const { scheduleAheadMaxS } = http.config.limits
  if (atMs === null || atMs - http.clock.nowMs() <= scheduleAheadMaxS * 1_000) return atMs
  throw invalidField('/ready_at', `Expected a time within ${scheduleAheadMaxS / 86_400} days`)
}
