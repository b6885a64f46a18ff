import { expect, test } from 'bun:test'
import type { OrderState } from '../../actors/order/order.state.ts'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { OrderId } from '../../domain/ids.ts'
import { Metrics } from '../metrics/metrics.ts'
import { ORDER_ID, order } from '../render/render.fixtures.ts'
import { CatchUp } from './catch-up.ts'
import { LiveHub } from './hub.ts'
import { OrderDrivers } from './order-drivers.ts'
import { orderTopic } from './topics.ts'
import { LiveEvent, type LiveUpdate } from './update.ts'

const SOON_MS = 500

function rig(read: (orderId: OrderId) => Promise<OrderState | null>) {
  const clock = new VirtualClock()
  const hubs = { live: new LiveHub(), test: new LiveHub() }
  const orderDrivers = new OrderDrivers()
  const got: string[] = []
  const watcher = {
    deliver: ({ isGap, seq, event }: LiveUpdate) =>
      void got.push(isGap ? `gap ${seq}` : `${event.type} ${seq} v${event.source.order?.version ?? 0}`),
  }
  const reads: OrderId[] = []
  const catchUp = new CatchUp({
    hubs,
    orderDrivers,
    links: { trackingUrl: () => '' },
    metrics: new Metrics(),
    clock,
    readOrder: orderId => {
      reads.push(orderId)
      return read(orderId)
    },
  })
  const advance = async (ms: number) => {
    clock.advance(ms)
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  return { hubs, orderDrivers, got, watcher, reads, catchUp, advance }
}

test('each topic gets a gap, each watched order is read once and told after it', async () => {
  const { hubs, got, watcher, reads, catchUp, advance } = rig(async () => order({ version: 7, status: 'delivered' }))
  hubs.live.watch(orderTopic(ORDER_ID), watcher)
  hubs.live.watch(orderTopic(ORDER_ID), { deliver: () => undefined })
  hubs.live.watch('fleet', watcher)
  // All connections of all nodes come back at about the same time.
  for (let i = 0; i < 10; i++) catchUp.unheard()
  await advance(SOON_MS)
  expect(got).toEqual(['gap 1', 'gap 1', 'order 2 v7'])
  expect(reads).toEqual([ORDER_ID])
  expect(catchUp.owed).toBe(0)
})

test('what somebody’s snapshot has taught the node is told to the others all the same', async () => {
  const { hubs, orderDrivers, got, watcher, catchUp, advance } = rig(async () =>
    order({ version: 7, status: 'delivered' }),
  )
  hubs.live.watch(orderTopic(ORDER_ID), watcher)
  orderDrivers.learn(order({ version: 7, status: 'delivered' }))
  catchUp.unheard()
  await advance(SOON_MS)
  expect(got).toEqual(['gap 1', 'order 2 v7'])
})

test('an order that has told of a later version is not told of an earlier one', async () => {
  const { hubs, orderDrivers, got, watcher, catchUp, advance } = rig(async () => order({ version: 7 }))
  hubs.live.watch(orderTopic(ORDER_ID), watcher)
  orderDrivers.learn(order({ version: 8 }))
  catchUp.unheard()
  await advance(SOON_MS)
  expect(got).toEqual(['gap 1'])
})

test('while the record does not answer either it is asked again, and a further outage is not forgotten over it', async () => {
  let isAway = true
  const { hubs, got, watcher, catchUp, advance } = rig(async () => {
    if (isAway) throw new StoreUnavailableError('away')
    return order({ version: 7 })
  })
  hubs.live.watch(orderTopic(ORDER_ID), watcher)
  catchUp.unheard()
  await advance(SOON_MS)
  expect([got, catchUp.owed]).toEqual([['gap 1'], 1])
  catchUp.unheard()
  isAway = false
  await advance(2_000)
  expect(got).toEqual(['gap 1', 'gap 2', 'order 3 v7'])
})

test('what nobody watches any more is not read', async () => {
  const { hubs, watcher, reads, catchUp, advance } = rig(async () => null)
  hubs.live.watch(orderTopic(ORDER_ID), watcher)
  hubs.live.publish(orderTopic(ORDER_ID), new LiveEvent('order', {}))
  catchUp.unheard()
  hubs.live.unwatch(orderTopic(ORDER_ID), watcher)
  await advance(SOON_MS)
  expect(reads).toEqual([])
})
