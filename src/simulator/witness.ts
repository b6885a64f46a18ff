/**
 * The invariants of the architecture, watched from outside: what the record takes, and what clients are told. The letters
 * are those of the document. Everything here is cheap enough for every step; `replay.ts` has what is not.
 */
import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { MemoryHistory } from '../actors/runtime/memory/memory-location-log.ts'
import type { MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import type { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { IntakeResult, JournalTurn, TurnOutcome } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, OfferId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import { ORDER_STATUSES } from '../domain/order-lifecycle.ts'
import { Ledger } from './ledger.ts'
import { LiveFeed } from './live-feed.ts'
import { OfferBook } from './offer-book.ts'
import { OrderRules } from './order-rules.ts'
import { checkFare, checkRounds } from './price-watch.ts'
import { Ringing, type RingingParts } from './ringing.ts'
import type { Tally } from './tally.ts'
import { check } from './violation.ts'

export interface Booked {
  readonly orderId: OrderId
  readonly amount: number
}

export interface WitnessParts extends RingingParts {
  readonly record: MemoryRecord
  readonly history: MemoryHistory
  readonly prices: MemoryPrices
}

export class Witness {
  readonly #record: MemoryRecord
  readonly #history: MemoryHistory
  readonly #prices: MemoryPrices
  readonly #tally: Tally
  readonly #ledger: Ledger
  readonly #offers: OfferBook
  readonly #feed: LiveFeed
  readonly #ringing: Ringing
  readonly rules = new OrderRules()
  /** What was published of each driver last. */
  readonly shown = new Map<DriverId, JsonObject>()
  readonly #amounts = new Map<OrderId, number>()
  /** What customers have agreed to for changed trips. */
  readonly #agreed = new Map<OrderId, Set<number>>()
  readonly #orderOfKey = new Map<string, OrderId>()
  readonly #versions = new Map<OrderId, number>()
  readonly #owners = new Map<ShardId, { readonly node: string; readonly epoch: number; readonly isSealed: boolean }>()
  readonly #fixes = new Map<string, { driverId: DriverId; recordedAtMs: UnixMs; result: IntakeResult }>()
  readonly #acknowledged = new Set<OrderId>()
  /** The first thing that was broken. */
  violation: Error | null = null

  constructor(parts: WitnessParts) {
    this.#record = parts.record
    this.#history = parts.history
    this.#prices = parts.prices
    this.#tally = parts.tally
    this.#ledger = new Ledger(parts.record)
    this.#offers = new OfferBook()
    this.#feed = new LiveFeed(parts.tally)
    this.#ringing = new Ringing(parts)
  }

  /** Reported rather than thrown: whoever called may be the code under test. */
  fail(error: unknown): void {
    this.violation ??= error instanceof Error ? error : new Error(String(error))
  }

  #watched(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.fail(error)
    }
  }

  // ---------------------------------------------------------------- the record

  readonly onCommit = (turns: readonly JournalTurn[], outcomes: readonly TurnOutcome[]): void => {
    this.#watched(() => {
      const committed = turns.filter((_, i) => outcomes[i] === 'committed')
      this.#tally.count('fenced_writes', outcomes.filter(outcome => outcome === 'fenced').length)
      this.#tally.count('refused_claims', outcomes.filter(outcome => outcome === 'claim_refused').length)
      for (const turn of committed) this.#committed(turn)
      this.#ledger.onCommit(committed)
      this.#ringing.check()
    })
  }

  #committed(turn: JournalTurn): void {
    const { row } = turn
    if (row.kind === 'driver') {
      if (row.homeShard !== turn.shard) this.#tally.count('rehomes')
      return
    }
    const orderId = turn.actorId as OrderId
    this.#checkOrder(orderId, turn)
    this.#feed.onCommitted(turn)
    if (turn.events.some(event => event.type === 'adjusted')) this.#tally.count('adjusted_fares')
    for (const { data, ...stamp } of turn.events) {
      const event = { ...data, ...stamp } as unknown as OrderEvent
      this.rules.onEvent(orderId, event)
      this.#offers.onEvent(orderId, event)
      this.#ringing.onEvent(orderId, event)
    }
  }

  /** (a), (f), (h), (i): of the row that was just written. */
  #checkOrder(orderId: OrderId, turn: JournalTurn): void {
    if (turn.row.kind !== 'order') return
    const { status, state } = turn.row
    const { terms } = state as unknown as OrderState
    check((ORDER_STATUSES as readonly string[]).includes(status), () => `(a) ${orderId} is ${status}`)
    const { amount, breakdown } = terms.price
    check(breakdown.reduce((sum, line) => sum + line.amount, 0) === amount, () => `(f) ${orderId}: lines do not add up`)
    const booked = this.#amountNow(orderId, turn, amount)
    check(booked === undefined || booked === amount, () => `(f) ${orderId} was booked at ${booked} and costs ${amount}`)
    checkFare(orderId, state as unknown as OrderState)
    const key = terms.reference
    const of = key === null ? orderId : (this.#orderOfKey.get(key) ?? orderId)
    check(of === orderId, () => `(h) the key ${key} has made ${of} and ${orderId}`)
    if (key !== null) this.#orderOfKey.set(key, orderId)
    const version = this.#versions.get(orderId) ?? 0
    check(
      turn.events.length === 0 || version === turn.versionBefore,
      () => `(i) ${orderId} goes from ${version} to after ${turn.versionBefore}`,
    )
    this.#versions.set(orderId, version + turn.events.length)
  }

  /** The price changes with the trip only, and to what was agreed to. */
  #amountNow(orderId: OrderId, { events }: JournalTurn, amount: number): number | undefined {
    const repriced = events.find(({ type, data }) => type === 'amended' && 'price' in (data.terms as JsonObject))
    if (repriced) {
      const agreed = this.#agreed.get(orderId)
      check(agreed?.has(amount) === true, () => `(f) ${orderId} costs ${amount} now, and nobody agreed to that`)
      this.#amounts.set(orderId, amount)
    }
    return this.#amounts.get(orderId)
  }

  // ---------------------------------------------------------------- ownership

  /** (i): of two owners of one shard the record knows the later, and no epoch has two. */
  onServed(node: string, grants: readonly ShardGrant[]): void {
    this.#watched(() => {
      this.#feed.onServed(grants)
      for (const { shard, epoch } of grants) {
        const owner = this.#owners.get(shard)
        if (!owner || epoch > owner.epoch) this.#owners.set(shard, { node, epoch, isSealed: false })
        else check(epoch < owner.epoch || owner.node === node, () => `(i) shard ${shard}: two owners at ${epoch}`)
        if (!owner) continue
        this.#tally.count(owner.node === node ? 'retakes' : owner.isSealed ? 'handoffs' : 'takeovers')
        if (this.#offers.areOpenOn(shard)) this.#tally.count('handoffs_amid_offers')
      }
    })
  }

  onSealed(node: string, shards: readonly ShardId[]): void {
    for (const shard of shards) {
      const owner = this.#owners.get(shard)
      if (owner?.node === node) this.#owners.set(shard, { ...owner, isSealed: true })
    }
  }

  // ---------------------------------------------------------------- what clients are told

  booking({ orderId, amount }: Booked): void {
    this.#amounts.set(orderId, amount)
  }

  agreedTo({ orderId, amount }: Booked): void {
    this.#agreed.set(orderId, (this.#agreed.get(orderId) ?? new Set()).add(amount))
  }

  /** (a) */
  orderAcknowledged(orderId: OrderId, key: string): void {
    this.#watched(() => {
      this.#acknowledged.add(orderId)
      check(this.#record.peekOrder(orderId) !== undefined, () => `(a) ${orderId} is acknowledged and not in the record`)
      check(this.#orderOfKey.get(key) === orderId, () => `(h) ${orderId} is acknowledged for the key of another`)
    })
  }

  acceptAnswered(offerId: OfferId, reply: { readonly kind: string; readonly order?: unknown }): void {
    this.#watched(() => {
      if (reply.kind === 'offer_closed') this.#offers.onOver(offerId)
      const order = reply.order as OrderState | undefined
      if (order?.assignment?.offerId === offerId) this.#offers.onWon(offerId)
    })
  }

  /** (a): whoever moves an order on, and is answered with it, has it. */
  moved(driverId: DriverId, reply: { readonly kind: string; readonly order?: unknown }): void {
    this.#watched(() => {
      if (reply.kind !== 'order') return
      const { terms, assignment } = reply.order as OrderState
      const has = assignment?.driverId
      check(has === driverId, () => `(a) ${terms.orderId} of ${has} was moved on by ${driverId}`)
    })
  }

  onPublish(node: string, topic: string, type: string, data: JsonObject): void {
    this.#watched(() => {
      if (topic.startsWith('order:')) this.#feed.onPublish(node, topic.slice('order:'.length) as OrderId, data)
      if (topic.startsWith('driver:')) this.shown.set(topic.slice('driver:'.length) as DriverId, data)
      if (!topic.startsWith('phone:')) return
      if (type === 'offer') this.#ringing.onRing(data.offer_id as OfferId)
      if (type === 'offer_revoked') this.#told(data.offer_id as OfferId)
    })
  }

  #told(offerId: OfferId): void {
    this.#offers.onOver(offerId)
    this.#ringing.onTold(offerId)
  }

  /** (j) */
  fixAnswered(driverId: DriverId, result: IntakeResult, recordedAtMs: UnixMs): void {
    if (result !== 'committed' && result !== 'late' && result !== 'duplicate') return
    if (result === 'duplicate') this.#tally.count('duplicates')
    this.#fixes.set(`${driverId} ${recordedAtMs}`, { driverId, recordedAtMs, result })
  }

  // ---------------------------------------------------------------- at rest

  checkAtRest(): void {
    for (const orderId of this.#acknowledged)
      check(this.#record.peekOrder(orderId) !== undefined, () => `(a) ${orderId} was acknowledged and is gone`)
    this.#ledger.checkAll()
    this.#ringing.check()
    this.#checkFixes()
  }

  /** (i): once nothing is under way any more. */
  checkFeed(): void {
    this.#feed.checkAtRest()
    Object.assign(this.#tally.counts, checkRounds(this.#prices))
  }

  /** A repeat of a fix whose time was not believed is answered with the claimed time, and stored at ours. */
  #checkFixes(): void {
    const times = new Map<string, number>()
    const restamped = new Set<DriverId>()
    for (const driverId of new Set([...this.#fixes.values()].map(fix => fix.driverId))) {
      for (const { recordedAtMs, clamped } of this.#history.route(driverId)) {
        const name = `${driverId} ${recordedAtMs}`
        times.set(name, (times.get(name) ?? 0) + 1)
        if (clamped) restamped.add(driverId)
      }
    }
    for (const [name, { driverId, result }] of this.#fixes) {
      if (result === 'duplicate' && restamped.has(driverId)) continue
      check(times.get(name) === 1, () => `(j) a fix of ${name}, answered ${result}, is stored ${times.get(name)} times`)
    }
  }
}
