/**
 * The Journal port over a record in memory, with a network in between that can fail in every way a real one can.
 *
 * A request travels half its latency to the record, is carried out there in one instant, and its answer travels the
 * other half: so under virtual time other requests land in between, as they do in life. Several journals, one per thread
 * or node, share one record.
 */
import type { OrderId, ShardId, UnixMs } from '../../../domain/ids.ts'
import { CommitUnknownError, StoreUnavailableError } from '../errors.ts'
import type {
  ActivationOutcome,
  Clock,
  DriverActivation,
  Journal,
  JournalTurn,
  StoredOrder,
  TurnOutcome,
} from '../ports.ts'
import type { MemoryRecord } from './memory-record.ts'

export interface JournalRequest {
  readonly method: keyof Journal
  /** Empty unless it is a commit. */
  readonly turns: readonly JournalTurn[]
}

export type JournalFate =
  | 'ok'
  /** Refused before anything was sent. */
  | 'unavailable'
  /** Carried out; the answer is lost. */
  | 'land_then_lose_answer'
  /** Lost on its way there; the caller cannot tell this from a lost answer. */
  | 'lose_before'
  /** The caller gives up, and only then is it carried out. */
  | 'lose_answer_then_land'

export interface MemoryJournalOptions {
  readonly record: MemoryRecord
  readonly clock: Clock
  /** There and back; 0 unless told. */
  readonly latencyMs?: (request: JournalRequest) => number
  /** Decides what becomes of a request; `ok` unless told. */
  readonly before?: (request: JournalRequest) => JournalFate
}

export class MemoryJournal implements Journal {
  readonly #options: MemoryJournalOptions

  constructor(options: MemoryJournalOptions) {
    this.#options = options
  }

  takeShards(shards: readonly ShardId[], owner: string): Promise<number[]> {
    return this.#request({ method: 'takeShards', turns: [] }, record => record.takeShards(shards, owner))
  }

  commit(turns: readonly JournalTurn[]): Promise<TurnOutcome[]> {
    return this.#request({ method: 'commit', turns }, record => record.commit(turns))
  }

  loadOrders(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    return this.#request({ method: 'loadOrders', turns: [] }, record => record.loadOrders(orderIds))
  }

  openOrders(shards: readonly ShardId[], after: OrderId | null, limit: number): Promise<StoredOrder[]> {
    return this.#request({ method: 'openOrders', turns: [] }, record => record.openOrders(shards, after, limit))
  }

  endedOrders(shards: readonly ShardId[], sinceMs: UnixMs, limit: number): Promise<StoredOrder[]> {
    return this.#request({ method: 'endedOrders', turns: [] }, record => record.endedOrders(shards, sinceMs, limit))
  }

  dueOrders(shards: readonly ShardId[], nowMs: UnixMs, limit: number): Promise<OrderId[]> {
    return this.#request({ method: 'dueOrders', turns: [] }, record => record.dueOrders(shards, nowMs, limit))
  }

  activateDrivers(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]> {
    return this.#request({ method: 'activateDrivers', turns: [] }, record => record.activateDrivers(requests))
  }

  #request<T>(request: JournalRequest, carryOut: (record: MemoryRecord) => T): Promise<T> {
    const { record, clock, latencyMs, before } = this.#options
    const halfMs = (latencyMs?.(request) ?? 0) / 2
    const fate = before?.(request) ?? 'ok'
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const lost = () => reject(lostAnswerTo(request))

    clock.after(halfMs, () => {
      switch (fate) {
        case 'ok': {
          const answer = outcomeOf(() => carryOut(record))
          clock.after(halfMs, () => ('error' in answer ? reject(answer.error) : resolve(answer.value)))
          return
        }
        case 'unavailable':
          clock.after(halfMs, () => reject(new StoreUnavailableError('The record cannot be reached.')))
          return
        case 'land_then_lose_answer':
          // Whatever the record said, nobody hears it.
          outcomeOf(() => carryOut(record))
          clock.after(halfMs, lost)
          return
        case 'lose_before':
          clock.after(halfMs, lost)
          return
        case 'lose_answer_then_land':
          lost()
          clock.after(halfMs, () => outcomeOf(() => carryOut(record)))
          return
      }
    })
    return promise
  }
}

function outcomeOf<T>(act: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: act() }
  } catch (error) {
    return { error }
  }
}

/** A commit may have landed; anything else is safe to repeat, so it does not matter. */
function lostAnswerTo({ method }: JournalRequest): Error {
  return method === 'commit'
    ? new CommitUnknownError('The connection was lost before the answer to a commit.')
    : new StoreUnavailableError(`The connection was lost before the answer to ${method}.`)
}
