/** What follows from the node's answers to errands. */
import { askedInVain, errandId, isOvertaken, withErrand, withoutErrand, withoutErrandsOf } from './errands.ts'
import type { Effect, Now, Outcome } from './events.ts'
import { finished, jobOf, taken, withJob, withoutJob } from './jobs.ts'
import { withNotice } from './notices.ts'
import { type CourierOrder, progressOf } from './order.ts'
import type { CourierState, Errand, ErrandWhat } from './state.ts'
import { offerGone } from './words.ts'

export interface Answered {
  readonly state: CourierState
  readonly effects: readonly Effect[]
}

type Refused = Outcome & { kind: 'refused' }
type About<K extends ErrandWhat['kind']> = ErrandWhat & { kind: K }

/** An unknown driver is made by its first position: until then its duty waits. */
const UNKNOWN_TRIES_MAX = 30
const UNKNOWN_RETRY_MS = 2_000

export function answered(state: CourierState, id: string, outcome: Outcome, now: Now): Answered {
  const errand = state.errands.find(candidate => candidate.id === id)
  if (errand !== undefined && outcome.kind !== 'done' && isOvertaken(state, errand)) {
    // Not to be said again: what is wanted by now is behind it.
    const access = outcome.kind === 'unauthorized' ? 'refused' : state.access
    return quiet({ ...withoutErrand(state, id), access })
  }
  switch (outcome.kind) {
    case 'passing':
      return quiet(askedInVain(state, id, outcome.retryAfterMs, now))
    case 'unauthorized':
      // It is said by whoever signs in again.
      return quiet({ ...askedInVain(state, id, null, now), access: 'refused' })
    case 'done':
      return done(withoutErrand(state, id), errand, outcome.body)
    case 'refused':
      return errand === undefined ? quiet(state) : refused(withoutErrand(state, id), errand, outcome, now)
  }
}

function withDuty(state: CourierState, change: Partial<CourierState['duty']>): CourierState {
  return { ...state, duty: { ...state.duty, ...change, turn: state.turn } }
}

function quiet(state: CourierState): Answered {
  return { state, effects: [] }
}

/** The shape of the answer is the document's; the node is trusted to keep to it. */
function done(state: CourierState, errand: Errand | undefined, body: unknown): Answered {
  if (errand === undefined) return quiet(state)
  const { what } = errand
  switch (what.kind) {
    case 'accept':
      return won(state, what, body as CourierOrder)
    case 'duty':
      return quiet(withDuty(state, { confirmed: (body as { status: string }).status, problem: null }))
    case 'decline':
    case 'rate':
      return quiet(state)
    case 'give_back':
      return quiet(withoutJob(state, what.orderId, (body as CourierOrder).version))
    case 'no_show':
    case 'cancel':
      return quiet(finished(state, body as CourierOrder))
    case 'step':
      return quiet(taken(state, body as CourierOrder))
  }
}

/** Committed, by the node's own word; but perhaps over again since, where the answer was long on its way. */
function won(state: CourierState, { offerId, orderId }: About<'accept'>, order: CourierOrder): Answered {
  const without = state.offer?.offerId === offerId ? { ...state, offer: null } : state
  const after = taken(without, order)
  if (jobOf(after, orderId) !== null) return { state: after, effects: [{ kind: 'buzz', tone: 'good' }] }
  return {
    state: withNotice(after, 'lost', offerGone('closed')),
    effects: [{ kind: 'read', atTurn: after.turn }],
  }
}

function refused(state: CourierState, { what, tries }: Errand, outcome: Refused, now: Now): Answered {
  switch (what.kind) {
    case 'accept':
      return notWon(state, what, outcome)
    case 'decline':
      return quiet(state)
    case 'duty':
      return dutyRefused(state, what, outcome, tries, now)
    case 'rate':
      return quiet(outcome.code === 'already_exists' ? state : withNotice(state, 'info', outcome.text))
    case 'step':
      return stepRefused(state, what, outcome)
    case 'no_show':
      return outcome.code === 'too_early' && outcome.allowedAt !== undefined
        ? quiet(withJob(state, what.orderId, { noShowFrom: outcome.allowedAt }))
        : lookAgain(withNotice(state, 'info', outcome.text))
    case 'give_back':
    case 'cancel':
      // Not ours any more is what was asked for.
      if (outcome.code === 'not_found')
        return lookAgain(withoutJob(state, what.orderId, versionOf(state, what.orderId)))
      return lookAgain(withNotice(state, 'info', outcome.text))
  }
}

function lookAgain(state: CourierState): Answered {
  return { state, effects: [{ kind: 'read', atTurn: state.turn }] }
}

function versionOf(state: CourierState, orderId: string): number {
  return jobOf(state, orderId)?.order.version ?? 0
}

/** Where the offer has left the screen already, its courier knows. */
function notWon(state: CourierState, { offerId }: About<'accept'>, { code, text }: Refused): Answered {
  if (state.offer?.offerId !== offerId) return quiet(state)
  const isGone = code === 'offer_closed' || code === 'not_found'
  const told = withNotice({ ...state, offer: null }, 'lost', isGone ? 'Not yours: the offer had closed.' : text)
  return { state: told, effects: [{ kind: 'buzz', tone: 'bad' }] }
}

function dutyRefused(
  state: CourierState,
  what: About<'duty'>,
  { code, text }: Refused,
  tries: number,
  now: Now,
): Answered {
  if (code === 'not_found' && what.status !== 'offline' && tries < UNKNOWN_TRIES_MAX) {
    const asked = withErrand(state, what)
    const errands = asked.errands.map(errand => (errand.what === what ? { ...errand, tries } : errand))
    return quiet(askedInVain({ ...asked, errands }, errandId(what), UNKNOWN_RETRY_MS, now))
  }
  return quiet(withDuty(state, { wanted: 'offline', problem: text }))
}

function stepRefused(state: CourierState, { orderId, step }: About<'step'>, outcome: Refused): Answered {
  const { code, text, orderStatus } = outcome
  if (code === 'pin_wrong' || code === 'proof_required' || code === 'pin_locked') {
    return quiet(withJob(state, orderId, { proofProblem: { code, text } }))
  }
  // The steps behind it rest on it.
  const without = withoutErrandsOf(state, orderId)
  const isDoneAlready = orderStatus !== undefined && progressOf(orderStatus) >= progressOf(step)
  return lookAgain(isDoneAlready ? without : withNotice(without, 'info', text))
}
