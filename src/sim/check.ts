import type { OrderStatus } from '../domain/order-lifecycle.ts'
import type { HttpOutcome } from './http-client.ts'
import { isEnd, readOrder } from './order-view.ts'

/**
 * The generator as a witness: it holds the node to what the node told it.
 *
 * Messages of different sockets overtake each other, so what looks wrong for a moment may be two truths arriving out of
 * order. A contradiction counts only when it has stood for a grace time, its orders were looked up, and it still stands.
 */
export interface Violation {
  readonly kind:
    | 'order_with_two_drivers'
    | 'driver_beyond_capacity'
    | 'order_lost'
    | 'order_in_no_state'
    | 'end_state_changed'
    | 'accepted_after_revocation'
  readonly order_id?: string
  readonly driver_id?: string
  readonly detail: string
}

const GRACE_MS = 3_000
/** More than this are counted, not listed. */
const LISTED_MAX = 100

export class Violations {
  count = 0
  readonly listed: Violation[] = []

  add(violation: Violation): void {
    this.count++
    if (this.listed.length < LISTED_MAX) this.listed.push(violation)
  }
}

/** What the ledger may ask about orders, of whoever looks them up. */
export interface Doubts {
  /** Look this order up soon. */
  doubt(orderId: string): void
  /** It is still to be looked up, or an answer about it is on its way. */
  isInDoubt(orderId: string): boolean
}

interface Suspect {
  sinceMs: number
  /** A suspicion first has its orders looked up: a message may have been lost with a connection. */
  stage: 'suspected' | 'questioned'
  readonly orderIds: readonly string[]
  readonly violation: Violation
}

/** Who has which order, as far as drivers were told. */
export class Ledger {
  private readonly holders = new Map<string, Set<string>>()
  private readonly loads = new Map<string, Set<string>>()
  private readonly suspects = new Map<string, Suspect>()
  /** Orders whose delivery is reported and not yet answered: the node may know, and we not yet. */
  private readonly finishing = new Set<string>()
  private readonly capacity: number
  private readonly violations: Violations
  private readonly doubts: Doubts

  constructor(capacity: number, violations: Violations, doubts: Doubts) {
    this.capacity = capacity
    this.violations = violations
    this.doubts = doubts
  }

  /** Suspicions that are neither dispelled nor confirmed. */
  get suspicions(): number {
    return this.suspects.size
  }

  holds(driverId: string, orderId: string): boolean {
    return this.holders.get(orderId)?.has(driverId) === true
  }

  holdersOf(orderId: string): readonly string[] {
    return [...(this.holders.get(orderId) ?? [])]
  }

  assigned(driverId: string, orderId: string, nowMs: number): void {
    const holders = added(this.holders, orderId, driverId)
    const load = added(this.loads, driverId, orderId)
    if (holders.size > 1) {
      const detail = `held by ${[...holders].join(' and ')}`
      const violation = { kind: 'order_with_two_drivers', order_id: orderId, detail } as const
      this.suspect(`order ${orderId}`, { sinceMs: nowMs, stage: 'suspected', orderIds: [orderId], violation })
    }
    if (load.size > this.capacity) {
      const detail = `${load.size} orders for a capacity of ${this.capacity}: ${[...load].join(', ')}`
      const violation = { kind: 'driver_beyond_capacity', driver_id: driverId, detail } as const
      this.suspect(`driver ${driverId}`, { sinceMs: nowMs, stage: 'suspected', orderIds: [...load], violation })
    }
  }

  /** Its delivery is on its way to the node. */
  delivering(orderId: string): void {
    this.finishing.add(orderId)
  }

  released(driverId: string, orderId: string): void {
    this.finishing.delete(orderId)
    if (removed(this.holders, orderId, driverId) <= 1) this.suspects.delete(`order ${orderId}`)
    if (removed(this.loads, driverId, orderId) <= this.capacity) this.suspects.delete(`driver ${driverId}`)
  }

  /** To be called about once a second: suspicions that stand after everything was looked up become violations. */
  settle(nowMs: number): void {
    for (const [key, suspect] of this.suspects) {
      const waits = suspect.orderIds.some(id => this.finishing.has(id) || this.doubts.isInDoubt(id))
      if (waits || nowMs - suspect.sinceMs < GRACE_MS) continue
      if (suspect.stage === 'suspected') this.question(suspect, nowMs)
      else this.confirm(key, suspect)
    }
  }

  private suspect(key: string, suspect: Suspect): void {
    if (!this.suspects.has(key)) this.suspects.set(key, suspect)
  }

  private question(suspect: Suspect, nowMs: number): void {
    suspect.stage = 'questioned'
    suspect.sinceMs = nowMs
    for (const orderId of suspect.orderIds) this.doubts.doubt(orderId)
  }

  private confirm(key: string, { violation }: Suspect): void {
    this.suspects.delete(key)
    this.violations.add(violation)
  }
}

function added(sets: Map<string, Set<string>>, key: string, member: string): Set<string> {
  const set = sets.get(key) ?? new Set<string>()
  sets.set(key, set.add(member))
  return set
}

/** @returns how many are left. */
function removed(sets: Map<string, Set<string>>, key: string, member: string): number {
  const set = sets.get(key)
  set?.delete(member)
  if (set?.size === 0) sets.delete(key)
  return set?.size ?? 0
}

export type AuditOutcome =
  | { readonly kind: 'sound'; readonly status: OrderStatus }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'violated'; readonly violation: Violation }

/**
 * The last look at an acknowledged order.
 *
 * @param toldEnd the end that the node has acknowledged, if any: it may not change any more.
 */
export function auditOrder(orderId: string, toldEnd: OrderStatus | null, outcome: HttpOutcome): AuditOutcome {
  if (outcome.kind === 'unreachable') return { kind: 'unknown' }
  if (outcome.status === 404) return violated('order_lost', orderId, 'acknowledged, then 404')
  if (outcome.status !== 200) return { kind: 'unknown' }
  const order = readOrder(outcome.body)
  if (order === null || order.status === null) return violated('order_in_no_state', orderId, 'no known status')
  if (toldEnd !== null && isEnd(toldEnd) && order.status !== toldEnd) {
    return violated('end_state_changed', orderId, `${toldEnd} was acknowledged, ${order.status} is read`)
  }
  return { kind: 'sound', status: order.status }
}

function violated(kind: Violation['kind'], orderId: string, detail: string): AuditOutcome {
  return { kind: 'violated', violation: { kind, order_id: orderId, detail } }
}
