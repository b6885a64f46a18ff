/** A customer whose socket is behind, and a driver who drives on. */
import { expect, test } from 'bun:test'
import type { OrderState } from '../../actors/order/order.state.ts'
import { logTo } from '../../actors/runtime/log.ts'
import { MemoryHotView } from '../../actors/runtime/memory/memory-hot-view.ts'
import type { DriverId } from '../../domain/ids.ts'
import { ADMIN } from '../access/principal.ts'
import { LiveHub } from '../live/hub.ts'
import { OrderDrivers } from '../live/order-drivers.ts'
import { orderTopic } from '../live/topics.ts'
import { LiveEvent, LiveUpdate } from '../live/update.ts'
import { Metrics } from '../metrics/metrics.ts'
import { AT_MS, assigned, liveFix, ORDER_ID, order } from '../render/render.fixtures.ts'
import { OrderLocationSession } from './order-location.ts'
import type { Socket } from './session.ts'

const OTHER = 'drv_2' as DriverId

/** Follows an order that has a driver, on a socket that takes nothing more after its first message until it has drained. */
async function follower() {
  const hotView = new MemoryHotView()
  const orderDrivers = new OrderDrivers()
  const said: { data?: { latitude: number } }[] = []
  const socket = {
    send: (text: string) => {
      said.push(JSON.parse(text))
      return said.length === 2 ? 0 : text.length
    },
  }
  const deps = {
    hub: new LiveHub(),
    hotView,
    orderDrivers,
    metrics: new Metrics(),
    readOrder: async () => order({ version: 2, status: 'assigned', assignment: assigned() }),
    log: logTo(() => {}),
    random: () => 0.5,
  }
  hotView.putFix(liveFix({ latitude: 1 }))
  hotView.putFix(liveFix({ driverId: OTHER, latitude: 2 }))
  const session = new OrderLocationSession(deps, ORDER_ID, ADMIN)
  session.open(socket as unknown as Socket)
  const rest = () => Bun.sleep(1)
  await rest()
  const learn = async (state: OrderState) => {
    orderDrivers.learn(state)
    session.deliver(new LiveUpdate(orderTopic(ORDER_ID), state.version, new LiveEvent('order', {}, { order: state })))
    await rest()
  }
  const drivesOn = () => hotView.putFix(liveFix({ latitude: 9, recordedAtMs: AT_MS + 60_000 }))
  return { session, learn, drivesOn, shown: () => said.flatMap(({ data }) => (data ? [data.latitude] : [])) }
}

test('what a reader who is behind is told of a driver is what was true then, wherever the driver went since', async () => {
  const { session, learn, drivesOn, shown } = await follower()
  expect(shown()).toEqual([1])
  await learn(order({ version: 3, status: 'assigned', assignment: assigned(OTHER) }))
  await learn(order({ version: 4, status: 'assigned', assignment: assigned() }))
  drivesOn()
  session.drain()
  expect(shown()).toEqual([1, 1])
})

test('a driver whose order is over is shown no more, also to a reader who was behind', async () => {
  const { session, learn, drivesOn, shown } = await follower()
  await learn(order({ version: 3, status: 'assigned', assignment: assigned(OTHER) }))
  await learn(order({ version: 4, status: 'cancelled', assignment: null }))
  drivesOn()
  session.drain()
  expect(shown()).toEqual([1])
})
