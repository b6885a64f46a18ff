/**
 * Whoever was signed in on a phone that another courier takes over, without having signed out. The node is told that this one works no
 * more, with its own credential, before that is forgotten: else it takes them for online until it misses their position, and
 * offers them orders that nobody sees. Who was off duty here is left alone, and may be at work on another phone.
 */

import type { Outcome } from './core/events.ts'
import type { CourierState, ErrandWhat } from './core/state.ts'
import { Desk } from './desk.ts'

export interface Former {
  /** As it was kept last; null: nothing was. */
  readonly state: CourierState | null
  /** Where the page was open: it knows what is just on its way. */
  readonly working: { goOffline(): Promise<boolean> } | null
  /** Asks with the credential of this one; null: it is gone. */
  readonly ask: ((what: ErrandWhat) => Promise<Outcome>) | null
}

/** @returns false where the node may take this one for online. */
export async function takenOffDuty({ state, working, ask }: Former): Promise<boolean> {
  if (!mayBeOnDuty(state)) return true
  if (working !== null) return await working.goOffline()
  return ask === null ? false : await new Desk(ask).leave()
}

/** Also where going offline was tapped and has not been answered. */
function mayBeOnDuty(state: CourierState | null): boolean {
  if (state === null) return false
  return state.duty.wanted !== 'offline' || state.errands.some(({ what }) => what.kind === 'duty')
}
