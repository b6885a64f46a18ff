/** What the engine keeps within bounds, and what it does not forget: messages that wait, polls, positions, hops. */
import { expect, test } from 'bun:test'
import { VirtualCity } from '../../test/support/virtual-city.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { actorKinds } from './kinds.ts'
import { SETTINGS } from './order/order.fixtures.ts'
import { Counters, counter } from './runtime/counter.fixtures.ts'
import type { Envelope, Message } from './runtime/envelope.ts'
import { COMMANDS_MAX, Mailbox } from './runtime/mailbox.ts'
import { VirtualClock } from './runtime/memory/virtual-clock.ts'
import { envelopeTo, Router } from './runtime/router.ts'
import { Slots } from './runtime/slots.ts'
import { Timers } from './runtime/timers.ts'
import { driverAddress, orderAddress } from './send.ts'

const ORDER = 'ord_01a'
const READ = { kind: 'read' }
const place = { kind: 'order.place', what: 'a' }

test('a host that was stopped takes no more turns', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ORDER, place)
  host.stop()

  expect(counters.ask(host, ORDER, READ)).toBeUndefined()
})

test('a turn that is outdated now and then is never given up: only one that is so many times in a row', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ORDER, place)
  for (let n = 0; n < 12; n++) {
    counters.addFromOutside(ORDER, `theirs ${n}`)
    expect(counters.ask(host, ORDER, { kind: 'add', what: `ours ${n}` })).toEqual({ done: `ours ${n}` })
  }
  expect(host.stats.conflicts).toBe(12)
})

test('a turn that was given up does not count against the next', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ORDER, place)
  counters.fates.push(...Array.from({ length: 9 }, () => 'lose_before' as const))
  expect(counters.ask(host, ORDER, { kind: 'add', what: 'lost' })).toBeUndefined()
  counters.fates.push('lose_before')

  expect(counters.ask(host, ORDER, { kind: 'add', what: 'b' })).toEqual({ done: 'b' })
})

test('what nobody waits for is committed half a second after the record is back, whatever else happens', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ORDER, place)
  counters.isDown = true
  host.receive(envelopeTo(counter(ORDER), { kind: 'add', what: 'b' } as unknown as Message, 'vital'))
  counters.clock.advance(1_100)
  counters.isDown = false
  counters.clock.advance(600)

  expect(counters.stored(ORDER)).toEqual(['a', 'b'])
})

test('a host is not idle while somebody waits to be loaded', async () => {
  const counters = new Counters()
  const first = await counters.host(1)
  counters.ask(first, ORDER, place)
  const host = await counters.host(1)
  expect(host.isIdle).toBe(true)
  counters.send(host, 'ord_01b', READ)
  counters.clock.advance(1)
  expect(host.isIdle).toBe(false)
  counters.clock.advance(10)
  expect(host.isIdle).toBe(true)
})

test('a registration that waits behind a question about the same unknown driver makes it', async () => {
  const city = await new VirtualCity().start()
  const address = driverAddress('drv_new' as DriverId, 3 as ShardId)
  const profile = { name: 'New', phone: null, vehicleType: null, vehicleId: null, capacity: 1, skills: [] }
  const asked = [{ kind: 'driver.read' }, { kind: 'driver.register', profile, key: null }, { kind: 'driver.read' }]
  const answers = asked.map(message => city.ask(address, message as Message, 5_000))
  const kinds: unknown[] = []
  for (const answer of answers) kinds.push((await city.clock.settle(answer)).kind)

  expect(kinds).toEqual(['not_found', 'driver', 'driver'])
})

test('a command that is put back counts as one that waits', () => {
  const mailbox = new Mailbox()
  const command = { class: 'command', message: {} } as unknown as Envelope
  for (let n = 0; n < COMMANDS_MAX; n++) mailbox.put(command)
  const taken = mailbox.next()
  if (taken) mailbox.putBack(taken)

  expect(mailbox.put(command)).toBe(false)
})

test('positions that are with the record wait no less than those that are not yet', async () => {
  const city = await new VirtualCity({ locations: { latencyMs: () => 10_000 } }).start()
  const fixes = (count: number, after: number) => {
    for (let n = 0; n < count; n++) city.fix('drv_1' as DriverId, { latitude: 37.775, longitude: -122.418 }, after + n)
    city.advance(20)
  }
  const nowMs = city.clock.nowMs()
  fixes(3, nowMs - 60_000)
  fixes(2, nowMs)

  expect(city.hosts.map(host => host.stats.waitingFixes)).toEqual([5])
  city.advance(40_000)
  expect(city.hosts.map(host => host.stats.waitingFixes)).toEqual([0])
})

test('while one group is with the record the next one collects', async () => {
  let commits = 0
  const before = ({ method }: { method: string }) => {
    if (method === 'commit') commits++
    return 'ok' as const
  }
  const city = await new VirtualCity({ journal: { latencyMs: () => 10, before } }).start()
  const place = () => {
    const terms = city.newOrder()
    const by = { role: 'admin', id: 'admin' } as const
    city.ask(orderAddress(terms.orderId), { kind: 'order.place', terms, key: null, by } as Message, 5_000)
    city.advance(2)
  }
  for (let n = 0; n < 4; n++) place()
  expect(commits).toBe(1)
  city.advance(20)
  expect(commits).toBe(2)
})

test('a poll for scheduled orders that is still under way is not joined by another; a host that was stopped polls no more', async () => {
  let polls = 0
  const latencyMs = ({ method }: { method: string }) => (method === 'dueOrders' ? 5_000 : 2)
  const before = ({ method }: { method: string }) => {
    if (method === 'dueOrders') polls++
    return 'ok' as const
  }
  const city = await new VirtualCity({ journal: { latencyMs, before } }).start()
  city.advance(4_900)
  expect(polls).toBe(1)
  city.advance(5_000)
  expect(polls).toBe(2)
  for (const host of city.hosts) host.stop()
  city.advance(30_000)
  expect(polls).toBe(2)
})

test('however many orders wait for a driver, a start resumes them all', async () => {
  const city = await new VirtualCity().start()
  const count = 1_050
  const placed = Array.from({ length: count }, () => {
    const terms = city.newOrder()
    const by = { role: 'admin', id: 'admin' } as const
    return city.ask(orderAddress(terms.orderId), { kind: 'order.place', terms, key: null, by } as Message, 60_000)
  })
  await city.clock.settle(Promise.all(placed))
  const waiting = city.record.orders().filter(order => order.status === 'placed').length
  await city.crashAndRestart()

  expect(waiting).toBe(count)
  expect(city.hosts.map(host => host.stats.actors.order)).toEqual([count])
}, 60_000)

test('a message that is sent on and on is given up, and whoever asked is told', () => {
  const slots = new Slots(
    actorKinds(SETTINGS),
    () => {},
    () => {},
  )
  const city = new VirtualCity()
  const bus = city.net.bus()
  const sentOn: number[] = []
  const answers: unknown[] = []
  city.net.outside = { onReply: (_, body) => answers.push(body.kind) }
  const router = new Router(slots, bus, envelope => {
    sentOn.push(envelope.hops)
    router.forward(envelope, 1 as ShardId)
  })
  slots.serve(1 as ShardId, 1)
  const message = { kind: 'driver.read', replyTo: { gateway: 'test', askId: 1 } } as Message
  const to = driverAddress('drv_1' as DriverId, 1 as ShardId)
  router.forward({ to, message, class: 'command', epoch: 0, deadlineMs: 0, hops: 0 }, 1 as ShardId)
  bus.flush()

  expect(sentOn).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(answers).toEqual(['busy'])
})

test('what waits and nobody asked for does not count as a command', () => {
  const mailbox = new Mailbox()
  const asked = { class: 'command', message: { replyTo: { gateway: 'test', askId: 1 } } } as unknown as Envelope
  mailbox.put({ class: 'vital', message: {} } as unknown as Envelope)
  mailbox.put(asked)
  expect(mailbox.takeAsked()).toEqual([asked])
  const taken = Array.from({ length: COMMANDS_MAX }, () => mailbox.put(asked))

  expect(taken.every(Boolean)).toBe(true)
})

test('timers of one instant fire in the order in which they were set', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const timers = new Timers(clock, (_, name) => fired.push(name))
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const somebody = { timer: null }
  for (const name of names) timers.set(somebody, name, 10)
  clock.advance(20)

  expect(fired).toEqual(names)
})
