/** Where on NATS subscribers listen. Part of the public contract: `/asyncapi.json` names them. */
import type { CellId } from '../domain/ids.ts'

export const EVENT_STREAM = 'WAGGLE_EVENTS'
export const EVENT_SUBJECTS = { order: 'waggle.events.order', driver: 'waggle.events.driver' } as const
export const REPLAY_SUBJECT = 'waggle.events.replay'
export const POSITIONS_PREFIX = 'waggle.positions.'

/** @param region  an H3 cell of resolution 7. */
export function positionsSubject(region: CellId): string {
  return POSITIONS_PREFIX + region
}
