/** Commits orders as a node does, without the node: whole lives of six events, in groups. */
import type { JournalEvent, JournalTurn } from '../../src/actors/runtime/ports.ts'
import type { OrderId, ShardId } from '../../src/domain/ids.ts'
import type { PostgresJournal } from '../../src/store/postgres-journal.ts'

export const EVENTS_PER_ORDER = 6
/** Of the orders; as one region of a real city has it. */
const HOT_SHARE = 1 / 3
export const GROUP_MAX = 200

const by = { role: 'driver', id: 'drv_1' }
const place = { latitude: 37.7749, longitude: -122.4194, address: '1 Market Street, San Francisco' }
const terms = {
  pickup: place,
  dropoff: place,
  vehicleType: 'car',
  size: 1,
  skills: [],
  items: [{ name: 'parcel', quantity: 1 }],
  notes: null,
  customerId: 'customer-1',
  reference: null,
  quoteId: null,
  price: { amount: 1_250, currency: 'USD', breakdown: [{ code: 'base', label: 'Base fare', amount: 1_250 }] },
  distanceM: 2_500,
  durationS: 600,
  scheduledAtMs: null,
}

function eventsOf(atMs: number): JournalEvent[] {
  const offer = { offerId: 'off_1-1', driverId: 'drv_1', driverShard: 1 }
  const times = { dueAtMs: atMs, expiresAtMs: atMs + 600_000 }
  return [
    { type: 'placed', atMs, data: { terms, ...times, by } },
    { type: 'offered', atMs, data: { offers: [{ ...offer, pickupEtaS: 120, expiresAtMs: atMs, mode: 'ask' }] } },
    {
      type: 'assigned',
      atMs,
      data: { ...offer, driverName: 'Ada', vehicleType: 'car', size: 1, pickupAtMs: atMs, dropoffAtMs: atMs, by },
    },
    ...['en_route_to_pickup', 'at_pickup', 'delivered'].map(status => ({
      type: 'status',
      atMs,
      data: { status, driverId: 'drv_1', by },
    })),
  ]
}

export class Load {
  readonly #journal: PostgresJournal
  readonly #shards: number
  readonly #committedAtMs = new Map<string, number>()
  #orders = 0

  constructor(journal: PostgresJournal, shards: number) {
    this.#journal = journal
    this.#shards = shards
  }

  /** One group. @throws where a turn is not committed. */
  async commit(orders: number): Promise<void> {
    const atMs = Date.now()
    const turns = Array.from({ length: orders }, () => this.#turn(atMs))
    const outcomes = await this.#journal.commit(turns)
    const nowMs = performance.now()
    for (const { actorId } of turns) this.#committedAtMs.set(actorId, nowMs)
    if (outcomes.some(outcome => outcome !== 'committed')) throw new Error(`a turn was ${outcomes.join(' ')}`)
  }

  /** When the answer to its commit came; null until then. */
  committedAtMs(orderId: string): number | null {
    return this.#committedAtMs.get(orderId) ?? null
  }

  #turn(atMs: number): JournalTurn {
    const n = ++this.#orders
    const isHot = n % Math.round(1 / HOT_SHARE) === 0
    const times = { dueAtMs: atMs, createdAtMs: atMs, updatedAtMs: atMs }
    return {
      shard: (isHot ? 0 : n % this.#shards) as ShardId,
      shardEpoch: 1,
      actorId: `ord_bench${n}` as OrderId,
      versionBefore: 0,
      events: eventsOf(atMs),
      row: { kind: 'order', status: 'delivered', customerId: null, driverId: null, state: {}, ...times },
    }
  }
}
