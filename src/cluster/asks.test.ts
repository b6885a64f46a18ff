import { expect, test } from 'bun:test'
import type { Address, Envelope, Message } from '../actors/runtime/envelope.ts'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import { orderAddress } from '../actors/send.ts'
import { newOrderId, type ShardId } from '../domain/ids.ts'
import { Asks } from './asks.ts'

const LIMITS = { askTimeoutMs: 6_000, asksMax: 100 }
const TO: Address = orderAddress(newOrderId(3 as ShardId, 1_700_000_000_000, () => 0.5))
const CANCEL = { kind: 'order.cancel', reason: 'test', by: { role: 'admin', id: 'a' } } as Omit<Message, 'replyTo'>
const UNASSIGN = { ...CANCEL, kind: 'order.unassign' } as Omit<Message, 'replyTo'>

function setUp() {
  const clock = new VirtualClock()
  const sent: number[] = []
  const routes = {
    gateway: 'one',
    isUp: true,
    epochOf: () => 0,
    learn: () => {},
    isServedHere: () => false,
    send(_: ShardId, { message }: Envelope): 'sent' | 'away' {
      if (!routes.isUp) return 'away'
      sent.push(message.replyTo?.askId ?? 0)
      return 'sent'
    },
  }
  const asks = new Asks(clock, routes, LIMITS)
  const answers: unknown[] = []
  const ask = (command: Omit<Message, 'replyTo'>) => {
    void asks.ask(TO, command).then(answer => answers.push(answer))
  }
  const run = async (ms: number) => {
    for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
      clock.advance(50)
      asks.sweep(clock.nowMs())
    }
    await Promise.resolve()
  }
  return { asks, ask, answers, sent, routes, run }
}

test('after a silence a command that may be repeated is sent again, and answered once', async () => {
  const { asks, ask, answers, sent, run } = setUp()
  ask(CANCEL)
  await run(1_600)
  expect(sent).toEqual([1, 2])
  asks.onReply(2, { kind: 'order' })
  asks.onReply(1, { kind: 'order' })
  await run(6_000)
  expect(sent).toEqual([1, 2])
  expect(answers).toEqual([{ kind: 'order' }])
  expect(asks.size).toBe(0)
})

test.each(['pricing.quote', 'pricing.read', 'driver.read'])('%s is asked again after a silence', async kind => {
  const { ask, sent, run } = setUp()
  ask({ kind } as Omit<Message, 'replyTo'>)
  await run(1_600)
  expect(sent).toEqual([1, 2])
})

test('the first try may still be answered after the second was sent', async () => {
  const { asks, ask, answers, run } = setUp()
  ask(CANCEL)
  await run(1_600)
  asks.onReply(1, { kind: 'order' })
  await run(250)
  expect(answers).toEqual([{ kind: 'order' }])
  expect(asks.size).toBe(0)
})

test('one that could take something from another is not repeated', async () => {
  const { ask, answers, sent, run } = setUp()
  ask(UNASSIGN)
  await run(6_250)
  expect(sent).toEqual([1])
  expect(answers).toEqual([{ kind: 'timeout' }])
})

test('refused after a silence is not refused: the first try may have happened', async () => {
  const { ask, answers, routes, run } = setUp()
  ask(CANCEL)
  await run(750)
  routes.isUp = false
  await run(500)
  expect(answers).toEqual([{ kind: 'timeout' }])
})

test('what nobody reads is sent again until its deadline, and nothing of it has happened', async () => {
  const { asks, ask, answers, sent, run } = setUp()
  ask(UNASSIGN)
  for (let i = 0; i < 200 && answers.length === 0; i++) {
    asks.onNobody(sent.at(-1) ?? 0)
    await run(50)
  }
  expect(sent.length).toBeGreaterThan(10)
  expect(answers).toEqual([{ kind: 'busy' }])
})

test('what was begun before its shard moved may have happened, whatever its next owner says', async () => {
  const neverTaken = setUp()
  neverTaken.ask(UNASSIGN)
  neverTaken.asks.onReply(1, { kind: 'moved', shard: 3, epoch: 0, begun: true })
  for (let i = 0; i < 200 && neverTaken.answers.length === 0; i++) {
    neverTaken.asks.onNobody(neverTaken.sent.at(-1) ?? 0)
    await neverTaken.run(50)
  }
  expect(neverTaken.sent.length).toBeGreaterThan(10)
  expect(neverTaken.answers).toEqual([{ kind: 'timeout' }])
})

test.each([
  ['busy', 'timeout'],
  ['unavailable', 'timeout'],
  ['order', 'order'],
])('who is answered %s after a try in doubt is told %s', async (kind, told) => {
  const { asks, ask, answers, sent, run } = setUp()
  ask(CANCEL)
  await run(1_600)
  expect(sent).toEqual([1, 2])
  asks.onReply(2, { kind })
  await run(50)
  expect(answers).toEqual([{ kind: told }])
})

test('a refusal without a doubt is a refusal', async () => {
  const { asks, ask, answers, run } = setUp()
  ask(CANCEL)
  asks.onReply(1, { kind: 'moved', shard: 3, epoch: 2 })
  await run(50)
  asks.onReply(2, { kind: 'unavailable' })
  await run(50)
  expect(answers).toEqual([{ kind: 'unavailable' }])
})

test('a second answer to one try makes up for no other that was lost', async () => {
  const { asks, ask, run } = setUp()
  ask(UNASSIGN)
  ask(UNASSIGN)
  // Two owners of its shard have read the first, nobody the second.
  asks.onReply(1, { kind: 'order' })
  asks.onReply(1, { kind: 'order' })
  await run(6_250)
  expect(asks.delivery).toMatchObject({ sent: 2, answered: 1, surplusAnswers: 1 })
  // Not lost, but slow.
  asks.onReply(2, { kind: 'order' })
  asks.onReply(2, { kind: 'order' })
  expect(asks.delivery).toMatchObject({ sent: 2, answered: 2, surplusAnswers: 2 })
})

test('each try of a command that was sent again is answered for itself', async () => {
  const { asks, ask, sent, run } = setUp()
  ask(CANCEL)
  await run(1_600)
  expect(sent).toEqual([1, 2])
  asks.onReply(2, { kind: 'order' })
  expect(asks.delivery).toMatchObject({ sent: 2, answered: 1, surplusAnswers: 0 })
  asks.onReply(1, { kind: 'order' })
  expect(asks.delivery).toMatchObject({ sent: 2, answered: 2, surplusAnswers: 0, lateAnswers: 1 })
})
