/**
 * The ports of the record, answered at once and kept nowhere: what is measured over it is the actors alone. Every commit
 * succeeds, every driver is new.
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
  TurnOutcome,
} from '../../src/actors/runtime/ports.ts'
import type { CellId, ShardId } from '../../src/domain/ids.ts'

const NEW = { version: 0, load: 0, loadVersion: 0, capacity: 1, assignments: [], lastFix: null }

export type DutyOf = 'available' | 'offline'

/**
 * @param status  of every driver.
 * @param waiting  orders that whoever takes their shards finds there.
 */
export function journalOfNothing(status: DutyOf, waiting: readonly StoredOrder[]): Journal {
  const byId = waiting.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1))
  return {
    takeShards: async shards => shards.map(() => 1),
    commit: async (turns: readonly JournalTurn[]) => turns.map((): TurnOutcome => 'committed'),
    loadOrders: async () => [],
    openOrders: async (shards, after, limit) => {
      const wanted = new Set(shards)
      const from = after === null ? 0 : byId.findIndex(order => order.orderId > after)
      return from < 0
        ? []
        : [
            ...byId
              .slice(from)
              .values()
              .filter(order => wanted.has(order.shard))
              .take(limit),
          ]
    },
    endedOrders: async () => [],
    dueOrders: async () => [],
    activateDrivers: async requests => requests.map(request => activated(request, status)),
  }
}

function activated({ driverId, shard }: DriverActivation, status: DutyOf): ActivationOutcome {
  return { kind: 'active', driver: { ...NEW, driverId, homeShard: shard, epoch: 1, status, state: {} } }
}

export const historyOfNothing: LocationLog = {
  append: async (rows: readonly FixRow[]) => rows.map((): FixOutcome => 'stored'),
}

export const pricesOfNothing: PriceLog = {
  storeRound: async () => 'stored',
  pricesOf: async (areas: readonly CellId[]) =>
    areas.map((area): AreaPrices => ({ area, last: null, rulesetVersion: '', surge: null })),
}

export function allShards(shards: number): readonly ShardId[] {
  return Array.from({ length: shards }, (_, shard) => shard as ShardId)
}
