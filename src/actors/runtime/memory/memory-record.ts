/**
 * The record in memory, by the same rules as the one in Postgres: the model that the simulator trusts. One conformance
 * suite holds both to them.
 *
 * Everything here is synchronous, so each call is a transaction. As in Postgres, a batch is judged against the state
 * before it and then written, and what is read back has been through JSON: nobody shares an object with the record.
 */
import type { AdmittedFix } from '../../../domain/fix.ts'
import type { LatLng } from '../../../domain/geo.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../../../domain/ids.ts'
import { ENDED_STATUSES } from '../../../domain/order-lifecycle.ts'
import type { Reservation } from '../../../domain/reservations.ts'
import { invariant } from '../errors.ts'
import type {
  ActivationOutcome,
  DriverActivation,
  DriverRow,
  JournalTurn,
  OrderRow,
  StoredOrder,
  TurnOutcome,
} from '../ports.ts'
import type { JsonObject } from '../turn.ts'
import { checkTurns, UnstorableTurnError } from '../turn-check.ts'
import type {
  RecordedAssignment,
  RecordedDecision,
  RecordedDriver,
  RecordedEvent,
  RecordedKey,
  RecordedOrder,
  RecordedShard,
} from './recorded.ts'
import { isStorable } from './storable.ts'

export interface MemoryRecordOptions {
  readonly nowMs: () => UnixMs
  /** The newest fix in the history, which is another port's. */
  readonly lastFixOf?: (driverId: DriverId) => AdmittedFix | null
}

function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** What is said not to have changed is not written, as in the real record: whoever says so wrongly is found out. */
function withTermsOf({ terms = null }: JsonObject, state: JsonObject): JsonObject {
  return { ...state, terms }
}

function storedOrder({ orderId, shard, version, state }: RecordedOrder): StoredOrder {
  return copied({ orderId, shard, version, state })
}

/** What of an order's terms a reservation is made of: the record knows documents, not orders. */
interface Bookable {
  readonly pickup: LatLng & { readonly address: string | null }
  readonly dropoff: LatLng & { readonly address: string | null }
  readonly durationS: number
  readonly scheduledAtMs: UnixMs | null
}

export class MemoryRecord {
  readonly #nowMs: () => UnixMs
  readonly #lastFixOf: (driverId: DriverId) => AdmittedFix | null
  readonly #shards = new Map<ShardId, RecordedShard>()
  readonly #orders = new Map<string, RecordedOrder>()
  /** The partial indexes of the real tables: polls must not look at every order that ever was. */
  readonly #byStatus = new Map<string, Set<OrderId>>()
  readonly #drivers = new Map<string, RecordedDriver>()
  readonly #assignments: RecordedAssignment[] = []
  readonly #activeOfOrder = new Map<string, RecordedAssignment>()
  readonly #journal: RecordedEvent[] = []
  readonly #keys = new Map<string, RecordedKey>()
  readonly #decisions: RecordedDecision[] = []

  constructor(options: MemoryRecordOptions) {
    this.#nowMs = options.nowMs
    this.#lastFixOf = options.lastFixOf ?? (() => null)
  }

  takeShards(shards: readonly ShardId[], owner: string): number[] {
    for (const shard of new Set(shards)) {
      const taken = this.#shards.get(shard)
      if (taken) Object.assign(taken, { epoch: taken.epoch + 1, owner })
      else this.#shards.set(shard, { shard, epoch: 1, owner, seq: 0 })
    }
    return shards.map(shard => this.#shards.get(shard)?.epoch ?? 0)
  }

  /** 0 where nobody has taken it. */
  epochOf(shard: ShardId): number {
    return this.#shards.get(shard)?.epoch ?? 0
  }

  /** @throws {UnstorableTurnError} once the others are written. */
  commit(turns: readonly JournalTurn[]): TurnOutcome[] {
    checkTurns(turns)
    const unstorable = new Set(turns.filter(turn => !isStorable(turn)))
    const outcomes = this.#judge(turns.filter(turn => !unstorable.has(turn)))
    for (const turn of turns) if (outcomes.get(turn) === 'committed') this.#write(turn)

    if (unstorable.size > 0) {
      const names = [...unstorable].map(turn => turn.actorId).join(', ')
      throw new UnstorableTurnError(
        turns.map(turn => outcomes.get(turn) ?? null),
        `The record cannot store the turn of ${names}.`,
      )
    }
    return turns.map(turn => {
      const outcome = outcomes.get(turn)
      invariant(outcome !== undefined, `${turn.actorId}: a turn without an outcome`)
      return outcome
    })
  }

  loadOrders(orderIds: readonly OrderId[]): StoredOrder[] {
    return [...new Set(orderIds)].flatMap(orderId => {
      const order = this.#orders.get(orderId)
      return order ? [storedOrder(order)] : []
    })
  }

  openOrders(shards: readonly ShardId[], after: OrderId | null, limit: number): StoredOrder[] {
    return this.#inStatus('placed')
      .filter(order => shards.includes(order.shard) && order.orderId > (after ?? ''))
      .sort((a, b) => (a.orderId < b.orderId ? -1 : 1))
      .slice(0, limit)
      .map(storedOrder)
  }

  endedOrders(shards: readonly ShardId[], sinceMs: UnixMs, limit: number): StoredOrder[] {
    return ENDED_STATUSES.flatMap(status => this.#inStatus(status))
      .filter(order => shards.includes(order.shard) && order.updatedAtMs >= sinceMs)
      .sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.orderId < b.orderId ? -1 : 1))
      .slice(0, limit)
      .map(storedOrder)
  }

  dueOrders(shards: readonly ShardId[], nowMs: UnixMs, limit: number): OrderId[] {
    return this.#inStatus('scheduled')
      .filter(order => shards.includes(order.shard) && order.dueAtMs <= nowMs)
      .sort((a, b) => a.dueAtMs - b.dueAtMs || (a.orderId < b.orderId ? -1 : 1))
      .slice(0, limit)
      .map(order => order.orderId)
  }

  activateDrivers(requests: readonly DriverActivation[]): ActivationOutcome[] {
    const ours = requests.filter(request => this.#shards.get(request.shard)?.epoch === request.shardEpoch)
    // One that is new was nobody's before: there is nothing to fence.
    const made = new Set<string>()
    const raised = new Set<RecordedDriver>()
    for (const { driverId, shard, create } of ours) {
      if (create && !this.#drivers.has(driverId)) {
        this.#makeDriver(driverId, shard)
        made.add(driverId)
      }
      const driver = this.#drivers.get(driverId)
      if (driver?.homeShard === shard && !made.has(driverId)) raised.add(driver)
    }
    for (const driver of raised) driver.epoch += 1
    return requests.map(request => this.#activation(request))
  }

  // What tests and audits look at. Copies: nothing here can be changed from outside.

  shards(): RecordedShard[] {
    return copied([...this.#shards.values()])
  }

  orders(): RecordedOrder[] {
    return copied([...this.#orders.values()])
  }

  drivers(): RecordedDriver[] {
    return copied([...this.#drivers.values()])
  }

  /** Ended ones included, in the order of their beginning. */
  assignments(): RecordedAssignment[] {
    return copied(this.#assignments)
  }

  /** In the order of writing; per shard that is the order of `seq`. */
  journal(): RecordedEvent[] {
    return copied(this.#journal)
  }

  keys(): RecordedKey[] {
    return copied([...this.#keys.values()])
  }

  decisions(): RecordedDecision[] {
    return copied(this.#decisions)
  }

  // For whoever looks after each step: the rows themselves, not to be changed.

  peekOrder(orderId: OrderId): Readonly<RecordedOrder> | undefined {
    return this.#orders.get(orderId)
  }

  peekDriver(driverId: DriverId): Readonly<RecordedDriver> | undefined {
    return this.#drivers.get(driverId)
  }

  // ---------------------------------------------------------------- judgement

  /** All against the state before the batch; then between the turns: the first claim on a driver, the first with a key. */
  #judge(turns: readonly JournalTurn[]): Map<JournalTurn, TurnOutcome> {
    const outcomes = new Map<JournalTurn, TurnOutcome>()
    const actors = new Set<string>()
    const claimed = new Set<string>()
    for (const turn of turns) {
      const actor = `${turn.row.kind} ${turn.actorId}`
      const refusal = this.#refusalOf(turn, actors.has(actor))
      if (turn.events.length > 0) actors.add(actor)
      const second = !refusal && turn.claim !== undefined && claimed.has(turn.claim.driverId)
      if (!refusal && turn.claim) claimed.add(turn.claim.driverId)
      outcomes.set(turn, refusal ?? (second ? 'claim_refused' : 'committed'))
    }
    const keys = new Set<string>()
    for (const turn of turns) {
      if (!turn.key || outcomes.get(turn) !== 'committed') continue
      if (this.#keys.has(turn.key.key) || keys.has(turn.key.key)) outcomes.set(turn, 'key_taken')
      keys.add(turn.key.key)
    }
    return outcomes
  }

  #refusalOf(turn: JournalTurn, again: boolean): TurnOutcome | null {
    if (this.#shards.get(turn.shard)?.epoch !== turn.shardEpoch) return 'fenced'
    const isSilent = turn.events.length === 0
    if (isSilent && turn.row.kind === 'driver') return null
    if ((again && !isSilent) || !this.#isCurrent(turn)) return 'conflict'
    return turn.claim && !this.#canClaim(turn) ? 'claim_refused' : null
  }

  #isCurrent(turn: JournalTurn): boolean {
    if (turn.row.kind === 'order') return (this.#orders.get(turn.actorId)?.version ?? 0) === turn.versionBefore
    const driver = this.#drivers.get(turn.actorId)
    return driver?.version === turn.versionBefore && driver.epoch === turn.driverEpochBefore
  }

  #canClaim({ claim, release }: JournalTurn): boolean {
    const driver = claim && this.#drivers.get(claim.driverId)
    if (!driver || driver.epoch !== claim.driverEpoch || driver.loadVersion !== claim.loadVersion) return false
    const active = this.#activeOfOrder.get(claim.orderId)
    if (active && active.driverId !== release?.driverId) return false
    const freed = active?.driverId === claim.driverId ? active.size : 0
    return driver.load - freed + claim.size <= driver.capacity
  }

  // ---------------------------------------------------------------- writing

  #write(turn: JournalTurn): void {
    const { row, actorId, events, release, claim, key, decision } = turn
    if (events.length > 0) {
      if (row.kind === 'order') this.#writeOrder(turn, row)
      else this.#writeDriver(turn, row)
    }
    if (release) this.#release(release.orderId, release.driverId)
    if (claim) this.#claim(claim)
    if (key) this.#keys.set(key.key, copied(key))
    if (decision) this.#decisions.push(copied(decision))

    const shard = this.#shards.get(turn.shard)
    invariant(shard !== undefined, `${actorId}: a turn of a shard that nobody has taken`)
    for (const [index, { type, atMs, data }] of events.entries()) {
      this.#journal.push({
        shard: turn.shard,
        seq: ++shard.seq,
        atMs,
        actorKind: row.kind,
        actorId,
        version: turn.versionBefore + index + 1,
        type,
        data: copied(data),
      })
    }
  }

  #writeOrder({ shard, actorId, versionBefore, events }: JournalTurn, row: OrderRow): void {
    const { kind: _, hasSameTerms, ...columns } = copied(row)
    const orderId = actorId as OrderId
    const before = this.#orders.get(orderId)
    const state = hasSameTerms && before ? withTermsOf(before.state, columns.state) : columns.state
    const createdAtMs = before?.createdAtMs ?? row.createdAtMs
    this.#orders.set(orderId, {
      orderId,
      shard,
      version: versionBefore + events.length,
      ...columns,
      state,
      createdAtMs,
    })
    if (before) this.#byStatus.get(before.status)?.delete(orderId)
    const peers = this.#byStatus.get(row.status) ?? new Set()
    this.#byStatus.set(row.status, peers.add(orderId))
  }

  #inStatus(status: string): RecordedOrder[] {
    return [...(this.#byStatus.get(status) ?? [])].flatMap(orderId => this.#orders.get(orderId) ?? [])
  }

  #writeDriver({ actorId, versionBefore, events }: JournalTurn, row: DriverRow): void {
    const driver = this.#drivers.get(actorId)
    invariant(driver !== undefined, `${actorId}: a turn of a driver without a row`)
    const { homeShard, epoch, status, capacity, state } = copied(row)
    Object.assign(driver, { homeShard, epoch, status, capacity, state, version: versionBefore + events.length })
  }

  #release(orderId: OrderId, driverId: DriverId): void {
    const active = this.#activeOfOrder.get(orderId)
    if (active?.driverId !== driverId) return
    active.endedAtMs = Math.max(active.startedAtMs, this.#nowMs())
    this.#activeOfOrder.delete(orderId)
    const driver = this.#drivers.get(driverId)
    if (!driver) return
    driver.load -= active.size
    invariant(driver.load >= 0, `${driverId}: a load below zero`)
  }

  #claim({ orderId, offerId, driverId, size }: NonNullable<JournalTurn['claim']>): void {
    const driver = this.#drivers.get(driverId)
    invariant(driver !== undefined, `${driverId}: a claim on a driver without a row`)
    driver.load += size
    driver.loadVersion += 1
    const assignment = { orderId, offerId, driverId, size, startedAtMs: this.#nowMs(), endedAtMs: null }
    this.#assignments.push(assignment)
    this.#activeOfOrder.set(orderId, assignment)
  }

  #makeDriver(driverId: DriverId, homeShard: ShardId): void {
    const row = { epoch: 1, version: 0, status: 'offline', capacity: 1, load: 0, loadVersion: 0, state: {} }
    this.#drivers.set(driverId, { driverId, homeShard, ...row })
  }

  #activation({ driverId, shard, shardEpoch }: DriverActivation): ActivationOutcome {
    if (this.#shards.get(shard)?.epoch !== shardEpoch) return { kind: 'fenced' }
    const driver = this.#drivers.get(driverId)
    if (!driver) return { kind: 'unknown' }
    if (driver.homeShard !== shard) return { kind: 'elsewhere', homeShard: driver.homeShard }
    const assignments = [...this.#activeOfOrder.values()]
      .filter(assignment => assignment.driverId === driverId)
      .map(({ orderId, offerId, size }) => ({ orderId, offerId, size }))
    const reservations = this.#reservationsOf(driverId)
    const known = reservations.length === 0 ? {} : { reservations }
    return { kind: 'active', driver: { ...copied(driver), assignments, ...known, lastFix: this.#lastFixOf(driverId) } }
  }

  #reservationsOf(driverId: DriverId): Reservation[] {
    // One that is due is promised until somebody has it.
    const all = [...this.#inStatus('scheduled'), ...this.#inStatus('placed')]
    const orders = all.filter(order => order.driverId === driverId)
    orders.sort((a, b) => a.dueAtMs - b.dueAtMs || (a.orderId < b.orderId ? -1 : 1))
    return orders.map(({ orderId, dueAtMs, state }) => {
      const { pickup, dropoff, durationS, scheduledAtMs } = state.terms as unknown as Bookable
      const { address: _, ...from } = pickup
      const { address: __, ...to } = dropoff
      return { orderId, pickup: from, dropoff: to, driveS: durationS, atMs: scheduledAtMs ?? dueAtMs }
    })
  }
}
