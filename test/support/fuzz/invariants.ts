/**
 * The invariants of the architecture, watched from outside: the record after each commit, and what clients were told. The
 * letters are those of the document.
 */
import { evolve } from '../../../src/actors/order/order.evolve.ts'
import type { OrderEvent } from '../../../src/actors/order/order.messages.ts'
import type { OrderState } from '../../../src/actors/order/order.state.ts'
import type { MemoryHistory } from '../../../src/actors/runtime/memory/memory-location-log.ts'
import type { MemoryRecord } from '../../../src/actors/runtime/memory/memory-record.ts'
import type { IntakeResult, JournalTurn } from '../../../src/actors/runtime/ports.ts'
import type { DriverId, OfferId, OrderId } from '../../../src/domain/ids.ts'
import { isEnded } from '../../../src/domain/order-lifecycle.ts'

type RecordedEvent = ReturnType<MemoryRecord['journal']>[number]

export class Violation extends Error {
  override readonly name = 'Violation'
}

function check(holds: boolean, sentence: () => string): void {
  if (!holds) throw new Violation(sentence())
}

export class Witness {
  /** Set once the city exists. */
  record: MemoryRecord | null = null
  readonly #orders = new Map<OrderId, string>()
  readonly #fixes = new Map<string, { driverId: DriverId; recordedAtMs: number; result: IntakeResult }>()
  /** Offers that somebody was told to be over, with how many events the journal had then. */
  readonly #over = new Map<OfferId, number>()
  readonly #won = new Set<OfferId>()
  #events = 0

  readonly onCommit = (committed: readonly JournalTurn[]): void => {
    for (const turn of committed) this.#events += turn.events.length
    if (this.record && committed.some(t => t.claim || t.release || t.row.kind === 'driver'))
      this.#checkLoads(this.record)
  }

  /** (b) and (c), at each instant of the record. */
  #checkLoads(record: MemoryRecord): void {
    const active = record.assignments().filter(a => a.endedAtMs === null)
    check(new Set(active.map(a => a.orderId)).size === active.length, () => '(b) an order has two drivers')
    for (const driver of record.drivers()) {
      const load = active.filter(a => a.driverId === driver.driverId).reduce((sum, a) => sum + a.size, 0)
      check(load === driver.load, () => `(c) ${driver.driverId} has load ${driver.load}, its assignments ${load}`)
      check(load <= driver.capacity, () => `(c) ${driver.driverId} has load ${load} of ${driver.capacity}`)
    }
  }

  orderAcknowledged(orderId: OrderId, key: string): void {
    this.#orders.set(orderId, key)
  }

  fixAnswered(driverId: DriverId, result: IntakeResult, recordedAtMs: number): void {
    this.#fixes.set(`${driverId} ${recordedAtMs}`, { driverId, recordedAtMs, result })
  }

  offerOver(offerId: OfferId): void {
    if (!this.#over.has(offerId)) this.#over.set(offerId, this.#events)
  }

  acceptAnswered(offerId: OfferId, reply: { readonly kind: string; readonly order?: unknown }): void {
    if (reply.kind === 'offer_closed') this.offerOver(offerId)
    const order = reply.order as OrderState | undefined
    if (order?.assignment?.offerId === offerId) this.#won.add(offerId)
  }

  // ---------------------------------------------------------------- at rest

  checkAtRest(history: MemoryHistory): void {
    const { record } = this
    if (!record) return
    const journal = record.journal()
    this.#checkLoads(record)
    this.#checkOrders(record, journal)
    this.#checkOffers(journal)
    this.#checkFixes(history)
    checkSequence(journal)
  }

  /** (a), (g), (h). */
  #checkOrders(record: MemoryRecord, journal: readonly RecordedEvent[]): void {
    const rows = new Map(record.orders().map(row => [row.orderId, row]))
    for (const orderId of this.#orders.keys())
      check(rows.has(orderId), () => `(a) ${orderId} was acknowledged and is gone`)
    const keys = [...this.#orders.values()]
    check(new Set(keys).size === keys.length, () => '(h) one key has made two orders')
    for (const row of rows.values()) {
      const events = journal.filter(e => e.actorId === row.orderId)
      const state = events.reduce<OrderState | null>((s, e) => evolve(s, eventOf(e)), null)
      check(Bun.deepEquals(JSON.parse(JSON.stringify(state)), row.state), () => {
        return `(g) ${row.orderId}: its events give\n${JSON.stringify(state)}\nits row is\n${JSON.stringify(row.state)}`
      })
      check(
        state?.version === row.version && state.status === row.status,
        () => `(g) ${row.orderId}: its columns differ`,
      )
    }
  }

  /** (d) */
  #checkOffers(journal: readonly RecordedEvent[]): void {
    const expiresAtMs = new Map<string, number>()
    const closed = new Set<string>()
    const assigned = new Set<string>()
    journal.forEach((recorded, n) => {
      const event = eventOf(recorded)
      if (recorded.actorKind === 'driver') return
      if (event.type === 'offered') for (const o of event.offers) expiresAtMs.set(o.offerId, o.expiresAtMs)
      if (event.type === 'offer_closed') closed.add(event.offerId)
      if (event.type !== 'assigned') return
      const { offerId } = event
      assigned.add(offerId)
      check(event.atMs < (expiresAtMs.get(offerId) ?? 0), () => `(d) ${offerId} was accepted after its expiry`)
      check(!closed.has(offerId), () => `(d) ${offerId} was accepted after it was closed`)
      const toldAt = this.#over.get(offerId) ?? Number.POSITIVE_INFINITY
      check(toldAt > n, () => `(d) ${offerId} was accepted after somebody was told that it is over`)
    })
    for (const offerId of this.#won)
      check(assigned.has(offerId), () => `(d) ${offerId} was won, and nothing is recorded`)
  }

  /** (j) */
  #checkFixes(history: MemoryHistory): void {
    for (const { driverId, recordedAtMs, result } of this.#fixes.values()) {
      if (result !== 'committed' && result !== 'late' && result !== 'duplicate') continue
      const times = history.route(driverId).filter(fix => fix.recordedAtMs === recordedAtMs).length
      check(times === 1, () => `(j) a fix of ${driverId}, answered ${result}, is in the history ${times} times`)
    }
  }

  /** (e): nothing waits for anything any more. */
  checkEnded(record: MemoryRecord): void {
    for (const order of record.orders()) {
      check(isEnded(order.status as OrderState['status']), () => `(e) ${order.orderId} is still ${order.status}`)
    }
    for (const driver of record.drivers()) check(driver.load === 0, () => `(e) ${driver.driverId} is still loaded`)
  }
}

/** (i): without gaps, per shard. */
function checkSequence(journal: readonly RecordedEvent[]): void {
  const last = new Map<number, number>()
  for (const { shard, seq } of journal) {
    check(seq === (last.get(shard) ?? 0) + 1, () => `(i) shard ${shard} has a gap before ${seq}`)
    last.set(shard, seq)
  }
}

function eventOf({ type, atMs, data }: RecordedEvent): OrderEvent {
  return { type, atMs, ...data } as unknown as OrderEvent
}
