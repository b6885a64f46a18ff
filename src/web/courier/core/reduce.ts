/** One event of a courier's page. Pure: no clock, no I/O, no chance; all that comes in is in the event. */
import { type Answered, answered } from './answers.ts'
import { hasErrand, hurried, launched, withErrand } from './errands.ts'
import type { CourierEvent, Effect, Heard, Now, Tap } from './events.ts'
import { jobOf, taken, takenAway, withJob, withoutJob } from './jobs.ts'
import { withNotice } from './notices.ts'
import { accepted, declined, expired, offered, revoked } from './offers.ts'
import { isBeforePickup, stepAfter } from './order.ts'
import { buzzFor, read } from './reads.ts'
import type { CourierState } from './state.ts'
import { formerUntold } from './words.ts'

export interface Turn {
  readonly state: CourierState
  readonly effects: readonly Effect[]
}

/** Messages get lost with a connection that nobody has seen break: now and then everything is read. */
const READ_EVERY_MS = 45_000

export function reduce(before: CourierState, event: CourierEvent, now: Now): Turn {
  const counted = event.kind === 'tick' ? before : { ...before, turn: before.turn + 1 }
  const { state, effects } = step(counted, event, now)
  const asked = launched(state, now)
  return { state: asked.state, effects: [...effects, ...asked.effects] }
}

function step(state: CourierState, event: CourierEvent, now: Now): Answered {
  switch (event.kind) {
    case 'tick':
      return ticked(state, now)
    case 'online':
      return quiet(hurried(state))
    case 'position_stored':
      // It may have made this driver known.
      return quiet(hurried(state, 'duty'))
    case 'link':
      return linked(state, event.state)
    case 'heard':
      return heard(state, event.message, now)
    case 'tap':
      return quiet(tapped(state, event.tap, now))
    case 'answered':
      return answered(state, event.errandId, event.outcome, now)
    case 'read': {
      const after = read(state, event.result, now)
      return { state: after, effects: buzzFor(state, after) }
    }
    case 'access':
      return quiet(event.state === 'good' ? hurried({ ...state, access: 'good' }) : { ...state, access: 'refused' })
    case 'seat':
      return quiet(event.state === 'held' ? { ...state, seat: 'held' } : { ...state, seat: 'elsewhere', offer: null })
    case 'former_untold':
      return quiet(withNotice(state, 'info', formerUntold(event.driverId)))
  }
}

function quiet(state: CourierState): Answered {
  return { state, effects: [] }
}

function ticked(state: CourierState, now: Now): Answered {
  const after = expired(state, now)
  const isReadDue = after.link === 'open' && Math.abs(now.localMs - after.readAtMs) > READ_EVERY_MS
  if (!isReadDue) return quiet(after)
  return { state: { ...after, readAtMs: now.localMs }, effects: [{ kind: 'read', atTurn: after.turn }] }
}

/** A new connection may have missed anything: everything is read, and what was asked is asked again at once. */
function linked(state: CourierState, link: CourierState['link']): Answered {
  if (link !== 'open' || state.link === 'open') return quiet({ ...state, link })
  return { state: hurried({ ...state, link }), effects: [{ kind: 'read', atTurn: state.turn }] }
}

function heard(state: CourierState, message: Heard, now: Now): Answered {
  switch (message.type) {
    case 'offer':
      return quiet(offered(state, message, now))
    case 'offer_revoked':
      return withBuzz(state, revoked(state, message.offer_id, message.reason))
    case 'assignment': {
      const after = taken(state, message.order)
      return { state: after, effects: buzzFor(state, after) }
    }
    case 'order_cancelled':
      return withBuzz(state, cancelled(state, message.order_id, message.reason))
  }
}

function withBuzz(before: CourierState, after: CourierState): Answered {
  const isTold = after.notices !== before.notices && after.notices.at(-1)?.tone === 'lost'
  return { state: after, effects: isTold ? [{ kind: 'buzz', tone: 'bad' }] : [] }
}

/** No news where the courier has asked for it. */
function cancelled(state: CourierState, orderId: string, reason: string): CourierState {
  const ownEnd = (['give_back', 'cancel', 'no_show'] as const).find(kind => hasErrand(state, kind, orderId))
  if (ownEnd === undefined) return takenAway(state, orderId, reason)
  // Its answer, which is under way, says the rest.
  return ownEnd === 'give_back' ? withoutJob(state, orderId, jobOf(state, orderId)?.order.version ?? 0) : state
}

function tapped(state: CourierState, tap: Tap, now: Now): CourierState {
  switch (tap.kind) {
    case 'duty':
      return withErrand(
        { ...state, duty: { ...state.duty, wanted: tap.status, problem: null, turn: state.turn } },
        { kind: 'duty', status: tap.status },
      )
    case 'accept':
      return accepted(state, tap.offerId, now)
    case 'decline':
      return declined(state, tap.offerId)
    case 'step':
      return stepTapped(state, tap)
    case 'no_show':
    case 'give_back':
    case 'cancel':
      return endTapped(state, tap)
    case 'rate': {
      if (state.toRate === null) return state
      const { orderId } = state.toRate
      return withErrand({ ...state, toRate: null }, { kind: 'rate', orderId, stars: tap.stars, comment: tap.comment })
    }
    case 'skip_rating':
      return { ...state, toRate: null }
    case 'choose':
      return { ...state, chosen: tap.orderId }
    case 'seen':
      return { ...state, notices: state.notices.filter(notice => notice.id !== tap.noticeId) }
  }
}

/** Where the order will be once the node has answered what it was told: the next step is measured from there. */
export function statusAhead(state: CourierState, orderId: string): string | null {
  const said = state.errands.flatMap(({ what }) =>
    what.kind === 'step' && what.orderId === orderId ? [what.step] : [],
  )
  return said.at(-1) ?? jobOf(state, orderId)?.order.status ?? null
}

function stepTapped(state: CourierState, tap: Tap & { kind: 'step' }): CourierState {
  const from = statusAhead(state, tap.orderId)
  // A second tap on the same button comes when the first one has been taken already.
  if (from === null || stepAfter(from) !== tap.step || isEnding(state, tap.orderId)) return state
  const { orderId, step, proof } = tap
  const cleared = withJob(state, orderId, { proofProblem: null })
  return withErrand(cleared, { kind: 'step', orderId, step, ...(proof === undefined ? {} : { proof }) })
}

function endTapped(state: CourierState, tap: Tap & { kind: 'no_show' | 'give_back' | 'cancel' }): CourierState {
  const job = jobOf(state, tap.orderId)
  if (job === null || isEnding(state, tap.orderId)) return state
  if (tap.kind === 'give_back' && !isBeforePickup(job.order.status)) {
    return withNotice(state, 'info', 'It was picked up already, so it cannot be given back.')
  }
  return withErrand(state, tap.kind === 'no_show' ? { kind: 'no_show', orderId: tap.orderId } : tap)
}

function isEnding(state: CourierState, orderId: string): boolean {
  return (['give_back', 'cancel', 'no_show'] as const).some(kind => hasErrand(state, kind, orderId))
}
