/**
 * What a courier's page knows. It changes by {@link reduce} alone, from what the node says, what the courier taps and what the clock shows,
 * so that each race can be written down as a list of events.
 *
 * Nothing here is a promise that the node has not made: an order is in `jobs` once the node has said that it is assigned, and a step is
 * done once the node has answered it. What the courier wants and the node has not answered is an *errand*: it is kept through
 * restarts and said again until it is answered, which is harmless because the API takes each of them twice.
 */
import type { CourierOrder, Step } from './order.ts'

export type Duty = 'available' | 'paused' | 'offline'

export type LinkState = 'off' | 'connecting' | 'open' | 'waiting'

export interface CourierState {
  readonly driverId: string
  /**
   * `elsewhere`: another tab or window of this browser works; two would send every position twice, and ring twice. `unknown`: the browser
   * has not said yet, and until then this page is as idle as if it were another.
   */
  readonly seat: 'unknown' | 'held' | 'elsewhere'
  /** `refused`: what was shown to the node is not good any more. Nothing is asked until somebody signs in again. */
  readonly access: 'good' | 'refused'
  readonly link: LinkState
  readonly duty: DutyState
  readonly offer: ShownOffer | null
  /** In the order in which they are driven. */
  readonly jobs: readonly Job[]
  /** The one that the courier has put first; null: as they come. */
  readonly chosen: string | null
  readonly toRate: RatingWanted | null
  readonly errands: readonly Errand[]
  /** Offers that were declined: one that is told again, because the answer is still under way, does not ring again. */
  readonly declined: readonly string[]
  readonly ended: readonly EndedJob[]
  readonly notices: readonly Notice[]
  /** Rises with each event, so that what was read can be told from what has happened since. */
  readonly turn: number
  /** Of this machine; 0: not yet. */
  readonly readAtMs: number
}

export interface DutyState {
  readonly wanted: Duty
  /** As the node has it: also `offered` and `busy`. Null: not heard of yet. */
  readonly confirmed: string | null
  /** Why the node has refused. */
  readonly problem: string | null
  /** When it was wanted or answered last: what was read before is old. */
  readonly turn: number
}

export interface ShownOffer {
  readonly offerId: string
  readonly order: CourierOrder
  readonly pickupEtaS: number
  /** By the clock of the node. */
  readonly expiresAtMs: number
  readonly answer: 'none' | 'accepting'
  readonly sinceTurn: number
}

export interface Job {
  readonly order: CourierOrder
  readonly sinceTurn: number
  /** What the node said of the proof that it was shown. */
  readonly proofProblem: ProofProblem | null
  /** Until when to wait for nobody, as the node has said. */
  readonly noShowFrom: string | null
}

export interface ProofProblem {
  readonly code: string
  readonly text: string
}

export interface EndedJob {
  readonly orderId: string
  /** What is told of it up to this version is old. */
  readonly version: number
  readonly turn: number
}

export interface RatingWanted {
  readonly orderId: string
  readonly customerId: string
}

export interface Notice {
  readonly id: number
  /** `lost`: something was taken away; it stays until it was seen. */
  readonly tone: 'lost' | 'info'
  readonly text: string
}

export interface Reference {
  readonly ref: string
  readonly sha256: string
}

export interface Proof {
  readonly pin?: string
  readonly photo?: Reference
  readonly signature?: Reference
}

export type ErrandWhat =
  | { readonly kind: 'accept'; readonly offerId: string; readonly orderId: string }
  | { readonly kind: 'decline'; readonly offerId: string; readonly orderId: string; readonly expiresAtMs: number }
  | { readonly kind: 'step'; readonly orderId: string; readonly step: Step; readonly proof?: Proof }
  | { readonly kind: 'no_show'; readonly orderId: string }
  | { readonly kind: 'give_back'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'cancel'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'rate'; readonly orderId: string; readonly stars: number; readonly comment: string | null }
  | { readonly kind: 'duty'; readonly status: Duty }

export interface Errand {
  readonly id: string
  readonly what: ErrandWhat
  /** `asking`: on its way; whether it arrived is not known before the answer. */
  readonly state: 'due' | 'asking' | 'waiting'
  readonly tries: number
  /** Of this machine. */
  readonly retryAtMs: number
}

export function initialState(driverId: string): CourierState {
  return {
    driverId,
    seat: 'unknown',
    access: 'good',
    link: 'off',
    duty: { wanted: 'offline', confirmed: null, problem: null, turn: 0 },
    offer: null,
    jobs: [],
    chosen: null,
    toRate: null,
    errands: [],
    declined: [],
    ended: [],
    notices: [],
    turn: 0,
    readAtMs: 0,
  }
}

/** As it was when the page was closed, or the phone died: what was on its way may have arrived or not, and is said again. */
export function restored(saved: CourierState): CourierState {
  return {
    ...saved,
    seat: 'unknown',
    access: 'good',
    link: 'off',
    duty: { ...saved.duty, confirmed: null, problem: null },
    errands: saved.errands.map(errand => (errand.state === 'asking' ? { ...errand, state: 'due' } : errand)),
    notices: [],
    readAtMs: 0,
  }
}

/** After another tab has worked: as that one has left it. What this one was told and nobody has seen yet is still to be seen. */
export function resumed(own: CourierState, kept: CourierState): CourierState {
  // Turns only rise, or what is on its way from before would pass for news.
  return { ...restored(kept), notices: own.notices, turn: Math.max(own.turn, kept.turn) }
}
