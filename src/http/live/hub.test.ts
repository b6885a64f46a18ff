import { expect, test } from 'bun:test'
import type { DriverId } from '../../domain/ids.ts'
import { assigned, ORDER_ID, order } from '../render/render.fixtures.ts'
import { LiveHub } from './hub.ts'
import { OrderDrivers } from './order-drivers.ts'
import { parseTopic } from './topics.ts'
import { LiveEvent, type LiveUpdate } from './update.ts'

function watcher() {
  const got: LiveUpdate[] = []
  return { got, deliver: (update: LiveUpdate) => void got.push(update) }
}

test('numbers rise by one per topic, and a late watcher is told where it starts', () => {
  const hub = new LiveHub()
  const [first, late] = [watcher(), watcher()]
  expect(hub.watch('fleet', first)).toBe(0)
  hub.publish('fleet', new LiveEvent('location', {}))
  expect(hub.watch('fleet', late)).toBe(1)
  hub.publish('fleet', new LiveEvent('location', {}))
  hub.publish('driver:a', new LiveEvent('location', {}))

  expect(first.got.map(u => u.seq)).toEqual([1, 2])
  expect(late.got.map(u => u.seq)).toEqual([2])
})

test('a topic goes with its last watcher', () => {
  const gone: string[] = []
  const hub = new LiveHub(topic => gone.push(topic))
  const [a, b] = [watcher(), watcher()]
  for (const w of [a, b, a]) hub.watch('fleet', w)
  expect(hub.subscriptions).toBe(2)

  hub.unwatch('fleet', a)
  hub.unwatch('fleet', a)
  expect([hub.topics, hub.subscriptions, gone.length]).toEqual([1, 1, 0])
  hub.unwatch('fleet', b)
  expect([hub.topics, hub.subscriptions, gone]).toEqual([0, 0, ['fleet']])
})

test('what was not heard is a gap of one number on each topic, and the numbers go on after it', () => {
  const hub = new LiveHub()
  const [fleet, driver] = [watcher(), watcher()]
  hub.watch('fleet', fleet)
  hub.watch('driver:a', driver)
  hub.publish('fleet', new LiveEvent('location', {}))
  expect(hub.unheard()).toEqual(['fleet', 'driver:a'])
  hub.publish('fleet', new LiveEvent('location', {}))

  expect(fleet.got.map(u => [u.seq, u.isGap])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ])
  expect(JSON.parse(driver.got[0]?.text ?? '')).toEqual({ type: 'gap', topic: 'driver:a', from: 1, to: 1 })
})

test('the text of a message is made once for all its watchers', () => {
  let made = 0
  const hub = new LiveHub()
  for (let i = 0; i < 3; i++) hub.watch('fleet', { deliver: update => void update.text })
  hub.publish('fleet', new LiveEvent('location', { toJSON: () => ++made }))

  expect(made).toBe(1)
})

test.each([
  ['fleet', 'fleet'],
  [`order:${ORDER_ID}`, 'order'],
  ['driver:123', 'driver'],
  ['cell:872a1072bffffff', 'cell'],
])('%s can be watched', (text, kind) => {
  expect(parseTopic(text)?.kind).toBe(kind as never)
})

test.each([
  '',
  'fleets',
  'order:x',
  'driver:',
  'driver:a b',
  'cell:zz',
  'cell:8a2a1072b59ffff',
  'phone:drv_1',
  ':fleet',
])('%p cannot', text => {
  expect(parseTopic(text)).toBeNull()
})

test('positions follow an order to its present driver, and to nobody once it has ended', () => {
  const [ann, ben] = ['ann', 'ben'] as DriverId[] as [DriverId, DriverId]
  const known = new OrderDrivers()
  known.learn(order({ version: 2, status: 'assigned', assignment: assigned(ann) }))
  expect([...known.ordersOf(ann)]).toEqual([ORDER_ID])

  known.learn(order({ version: 4, status: 'assigned', assignment: assigned(ben) }))
  known.learn(order({ version: 3, status: 'placed' }))
  expect([known.ordersOf(ann).size, known.driverOf(ORDER_ID)]).toEqual([0, ben])

  known.learn(order({ version: 5, status: 'delivered', assignment: assigned(ben) }))
  expect([known.ordersOf(ben).size, known.driverOf(ORDER_ID)]).toEqual([0, null])
  known.forget(ORDER_ID)
  expect(known.size).toBe(0)
})
