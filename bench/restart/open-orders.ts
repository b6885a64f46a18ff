/**
 * Orders that wait for a driver, put into the record of a node that is dead as it would have committed them: decided by the
 * order's own decider, in the groups of a worker thread. Placed over HTTP they would measure something else, for minutes.
 */
import { DEFAULT_SETTINGS } from '../../src/actors/default-settings.ts'
import { actorKinds } from '../../src/actors/kinds.ts'
import { termsOf } from '../../src/actors/order/order-terms.fixtures.ts'
import type { Message } from '../../src/actors/runtime/envelope.ts'
import type { JournalTurn } from '../../src/actors/runtime/ports.ts'
import { newOrderId, type ShardId } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { disconnect } from '../../src/store/postgres.ts'
import { journalConnection, PostgresJournal } from '../../src/store/postgres-journal.ts'
import { NoResultError } from '../bench.ts'
import { placeAround } from '../offers/places.ts'

const GROUP = 200
/** Far from the places of the drivers, so that not every order has a driver at its door. */
const OFFSET = 1_000_003
/** They find no driver while the city is made, and are still open when it is asked. */
const ORDER_TTL_MS = 7_200_000

export interface OpenOrders {
  readonly postgresUrl: string
  readonly count: number
  /** Of the deployment. */
  readonly shards: number
}

/** @returns their ids. @throws {NoResultError} the record has refused one. */
export async function placeOpenOrders({ postgresUrl, count, shards }: OpenOrders): Promise<ReadonlySet<string>> {
  const sql = journalConnection(postgresUrl, { max: 1, applicationName: 'bench orders' })
  try {
    const journal = new PostgresJournal(sql)
    const all = Array.from({ length: shards }, (_, shard) => shard as ShardId)
    const epochs = await journal.takeShards(all, 'bench')
    const turnOf = turnMaker(shards, epochs)
    const orderIds = new Set<string>()
    for (let done = 0; done < count; done += GROUP) {
      const turns = Array.from({ length: Math.min(GROUP, count - done) }, (_, i) => turnOf(done + i))
      const outcomes = await journal.commit(turns)
      const refused = outcomes.find(outcome => outcome !== 'committed')
      if (refused !== undefined) throw new NoResultError(`an order was not stored: ${refused}`)
      for (const { actorId } of turns) orderIds.add(actorId)
    }
    return orderIds
  } finally {
    await disconnect(sql)
  }
}

export function turnMaker(shards: number, epochs: readonly number[]): (n: number) => JournalTurn {
  const { order } = actorKinds({ ...DEFAULT_SETTINGS, shards, orderTtlMs: ORDER_TTL_MS })
  const { record } = order
  if (record?.kind !== 'order') throw new Error('orders have no record')
  const random = seededRandom(1)
  return n => {
    const nowMs = Date.now()
    const pickup = placeAround(n + OFFSET)
    const shard = shardOfPosition(pickup, shards)
    const orderId = newOrderId(shard, nowMs, random)
    const terms = termsOf(orderId, {
      pickup: { ...pickup, address: null },
      dropoff: { ...placeAround(n + 2 * OFFSET), address: null },
    })
    const place = { kind: 'order.place', by: { role: 'admin', id: 'admin' }, terms, key: null } as Message
    const { events } = order.decide(null, place, nowMs)
    const state = events.reduce((before: unknown, event) => order.evolve(before, event), null)
    return {
      shard,
      shardEpoch: epochs[shard] ?? 0,
      actorId: orderId,
      versionBefore: 0,
      events: events.filter(event => order.isDurable(event)).map(event => record.toEvent(event)),
      row: record.toRow(state, null),
    }
  }
}
