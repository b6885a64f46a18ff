/**
 * The record and the history as one thread reaches them: requests land whatever becomes of the thread, answers are heard
 * only by one that lives, and by one that is paused when it goes on.
 */
import type {
  ActivationOutcome,
  AreaPrices,
  DriverActivation,
  FixOutcome,
  FixRow,
  Journal,
  JournalTurn,
  LocationLog,
  PriceLog,
  StoredOrder,
  StoreRoundOutcome,
  TurnOutcome,
} from '../actors/runtime/ports.ts'
import type { CellId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import type { SurgeRound } from '../domain/surge/surge-round.ts'
import type { Machine } from './clocks.ts'

function heardBy<T>(machine: Machine, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    answer.then(
      value => machine.run(() => resolve(value)),
      error => machine.run(() => reject(error)),
    )
  })
}

export class FarJournal implements Journal {
  readonly #journal: Journal
  readonly #machine: Machine

  constructor(journal: Journal, machine: Machine) {
    this.#journal = journal
    this.#machine = machine
  }

  takeShards(shards: readonly ShardId[], owner: string): Promise<number[]> {
    return heardBy(this.#machine, this.#journal.takeShards(shards, owner))
  }

  commit(turns: readonly JournalTurn[]): Promise<TurnOutcome[]> {
    return heardBy(this.#machine, this.#journal.commit(turns))
  }

  loadOrders(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    return heardBy(this.#machine, this.#journal.loadOrders(orderIds))
  }

  openOrders(shards: readonly ShardId[], after: OrderId | null, limit: number): Promise<StoredOrder[]> {
    return heardBy(this.#machine, this.#journal.openOrders(shards, after, limit))
  }

  endedOrders(shards: readonly ShardId[], sinceMs: UnixMs, limit: number): Promise<StoredOrder[]> {
    return heardBy(this.#machine, this.#journal.endedOrders(shards, sinceMs, limit))
  }

  dueOrders(shards: readonly ShardId[], nowMs: UnixMs, limit: number): Promise<OrderId[]> {
    return heardBy(this.#machine, this.#journal.dueOrders(shards, nowMs, limit))
  }

  activateDrivers(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]> {
    return heardBy(this.#machine, this.#journal.activateDrivers(requests))
  }
}

export class FarLocationLog implements LocationLog {
  readonly #log: LocationLog
  readonly #machine: Machine

  constructor(log: LocationLog, machine: Machine) {
    this.#log = log
    this.#machine = machine
  }

  append(rows: readonly FixRow[]): Promise<FixOutcome[]> {
    return heardBy(this.#machine, this.#log.append(rows))
  }
}

export class FarPriceLog implements PriceLog {
  readonly #log: PriceLog
  readonly #machine: Machine

  constructor(log: PriceLog, machine: Machine) {
    this.#log = log
    this.#machine = machine
  }

  storeRound(round: SurgeRound, owner: { shard: ShardId; shardEpoch: number }): Promise<StoreRoundOutcome> {
    return heardBy(this.#machine, this.#log.storeRound(round, owner))
  }

  pricesOf(areas: readonly CellId[], atMs: UnixMs): Promise<AreaPrices[]> {
    return heardBy(this.#machine, this.#log.pricesOf(areas, atMs))
  }
}
