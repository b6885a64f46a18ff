import { expect, test } from 'bun:test'
import { newOrderId, type OrderId, type ShardId } from '../domain/ids.ts'
import { orderIdIn } from '../domain/mode.ts'
import { DispatchMeter } from './dispatch-figures.ts'
import type { JournalEvent, JournalTurn, OrderRow } from './runtime/ports.ts'
import type { JsonObject } from './runtime/turn.ts'

const DUE_MS = 1_000_000

function turn(orderId: string, ...events: readonly (readonly [type: string, data?: JsonObject])[]): JournalTurn {
  const row = { kind: 'order', status: 'placed', dueAtMs: DUE_MS, state: {} } as unknown as OrderRow
  return {
    shard: 1 as ShardId,
    shardEpoch: 1,
    actorId: orderId as OrderId,
    versionBefore: 1,
    events: events.map(([type, data = {}]): JournalEvent => ({ type, atMs: DUE_MS + 4_000, data })),
    row,
  }
}

const offered = (...drivers: readonly string[]) =>
  ['offered', { offers: drivers.map(driverId => ({ driverId })) }] as const
const closed = (reason: string, refused: boolean) => ['offer_closed', { reason, refused }] as const

test('an offer is made once and ends once, whichever way', () => {
  const meter = new DispatchMeter()
  meter.committed(turn('ord_1', ['placed']))
  meter.committed(turn('ord_1', offered('a', 'b', 'c', 'd')))
  meter.committed(turn('ord_1', closed('too far', true)))
  meter.committed(turn('ord_1', closed('expired', true)))
  meter.committed(turn('ord_1', ['assigned']))
  meter.committed(turn('ord_2', offered('e')))
  meter.committed(turn('ord_2', closed('busy', false)))
  meter.committed(turn('ord_2', offered('f', 'g')))
  meter.committed(turn('ord_2', ['cancelled']))

  const { offers, orders } = meter.figures
  expect(offers).toEqual({ made: 7, accepted: 1, declined: 1, expired: 1, refused: 1, revoked: 3 })
  expect(offers.made).toBe(offers.accepted + offers.declined + offers.expired + offers.refused + offers.revoked)
  expect(orders).toEqual({ placed: 1, assigned: 1, unassigned: 0, delivered: 0, cancelled: 1, expired: 0 })
})

test('what becomes of test orders is not counted', () => {
  const meter = new DispatchMeter()
  const testOrder = orderIdIn(
    'test',
    newOrderId(1 as ShardId, DUE_MS, () => 0.5),
  )
  const events = [['placed'], offered('a'), ['assigned'], ['status', { status: 'delivered' }]] as const
  for (const event of events) meter.committed(turn(testOrder, event))
  expect(meter.figures).toMatchObject(new DispatchMeter().figures)
  for (const event of events) meter.committed(turn('ord_1', event))
  expect(meter.figures.orders).toMatchObject({ placed: 1, assigned: 1, delivered: 1 })
})

test('how long an order waited for its driver is counted from when it wanted one', () => {
  const meter = new DispatchMeter()
  meter.committed(turn('ord_1', ['assigned']))
  meter.committed(turn('ord_1', ['status', { status: 'delivered' }]))
  expect(meter.figures.assignmentS.sum).toBe(4)
  expect(meter.figures.orders.delivered).toBe(1)
})

test('of an order that was loaded anew nothing is counted that is not known', () => {
  const meter = new DispatchMeter()
  meter.committed(turn('ord_1', ['assigned']))
  expect(meter.figures.offers).toMatchObject({ made: 0, accepted: 1, revoked: 0 })
})
