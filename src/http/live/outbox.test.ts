import { expect, test } from 'bun:test'
import { Metrics } from '../metrics/metrics.ts'
import { Outbox, type Transport } from './outbox.ts'
import { LiveEvent, LiveUpdate } from './update.ts'

/** The sending half of a socket whose reader can be told to stop, and turns of the event loop that end when they are told to. */
function socket() {
  const sent: string[] = []
  const state = { room: true, writes: 0, isCorked: false, unread: 0 }
  const endings: (() => void)[] = []
  const transport: Transport = {
    send(text) {
      sent.push(text)
      if (!state.isCorked) state.writes++
      return state.room ? text.length : -1
    },
    cork(sendAll) {
      state.isCorked = true
      sendAll()
      state.isCorked = false
      state.writes++
    },
    getBufferedAmount: () => state.unread,
  }
  const metrics = new Metrics()
  const outbox = new Outbox({ transport, metrics, afterTurn: run => endings.push(run) })
  return {
    sent,
    state,
    metrics,
    outbox,
    endTurn: () => {
      for (const run of endings.splice(0)) run()
    },
    messages: () => sent.map(text => JSON.parse(text) as Record<string, unknown>),
  }
}

function update(topic: string, seq: number): LiveUpdate {
  return new LiveUpdate(topic, seq, new LiveEvent('location', { n: seq }))
}

test('a reader that keeps up gets every message', () => {
  const s = socket()
  const { outbox, metrics } = s
  for (const seq of [1, 2, 3]) outbox.push(update('fleet', seq))
  expect(s.sent).toEqual([])
  s.endTurn()

  expect(s.messages()).toEqual([1, 2, 3].map(seq => ({ type: 'location', topic: 'fleet', seq, data: { n: seq } })))
  expect(metrics.liveSent).toBe(3)
  expect(s.state.writes).toBe(1)
})

test('an answer does not overtake what came before it in the same turn', () => {
  const s = socket()
  s.outbox.push(update('fleet', 1))
  s.outbox.forget('fleet')
  s.outbox.answer({ type: 'unsubscribed', topic: 'fleet' })
  s.outbox.push(update('a', 1))
  s.endTurn()

  expect(s.messages().map(({ type, topic }) => `${type} ${topic}`)).toEqual([
    'location fleet',
    'unsubscribed fleet',
    'location a',
  ])
})

test('a reader who turns out to be behind when a turn is written gets the latest after that', () => {
  const s = socket()
  s.outbox.push(update('a', 1))
  s.state.unread = 10
  s.endTurn()
  for (const seq of [2, 3, 4]) s.outbox.push(update('a', seq))
  s.endTurn()
  expect(s.sent.length).toBe(1)

  s.state.unread = 0
  s.outbox.drained()
  expect(s.messages().map(({ type, seq, from, to }) => ({ type, seq, from, to }))).toEqual([
    { type: 'location', seq: 1, from: undefined, to: undefined },
    { type: 'gap', seq: undefined, from: 2, to: 3 },
    { type: 'location', seq: 4, from: undefined, to: undefined },
  ])
})

test('to a socket that is gone nothing is sent', () => {
  const s = socket()
  s.outbox.push(update('a', 1))
  s.outbox.close()
  s.endTurn()

  expect([s.sent.length, s.state.writes]).toEqual([0, 0])
})

test('a slow reader gets the latest of each topic, and is told exactly what it missed', () => {
  const s = socket()
  const { outbox, metrics } = s
  s.state.room = false
  for (let seq = 1; seq <= 5; seq++) outbox.push(update('a', seq))
  outbox.push(update('b', 9))
  s.endTurn()
  s.state.room = true
  outbox.drained()

  expect(s.messages().map(({ type, topic, seq, from, to }) => ({ type, topic, seq, from, to }))).toEqual([
    { type: 'location', topic: 'a', seq: 1, from: undefined, to: undefined },
    { type: 'gap', topic: 'a', seq: undefined, from: 2, to: 4 },
    { type: 'location', topic: 'a', seq: 5, from: undefined, to: undefined },
    { type: 'location', topic: 'b', seq: 9, from: undefined, to: undefined },
  ])
  expect(metrics).toMatchObject({ liveSent: 3, liveDropped: 3, liveGaps: 1 })
  expect(outbox.waiting).toBe(0)
})

test('what waits is bounded by the number of topics, and a reader that stops again loses nothing unsaid', () => {
  const s = socket()
  const { outbox } = s
  s.state.room = false
  for (let seq = 1; seq <= 1_000; seq++) for (const topic of ['a', 'b', 'c']) outbox.push(update(topic, seq))
  s.endTurn()
  expect(outbox.waiting).toBe(3)

  while (outbox.waiting > 0) outbox.drained()
  const seen = new Map<string, number>()
  for (const { topic, seq, type, from, to } of s.messages()) {
    const before = seen.get(String(topic)) ?? 0
    if (type === 'gap') expect(from).toBe(before + 1)
    else expect(seq).toBe(before + 1)
    seen.set(String(topic), Number(type === 'gap' ? to : seq))
  }
  expect([...seen.values()]).toEqual([1_000, 1_000, 1_000])
})

test('the messages of a topic wait for its snapshot, those of others do not', () => {
  const s = socket()
  const { outbox } = s
  outbox.hold('a')
  outbox.push(update('a', 1))
  outbox.push(update('b', 1))
  outbox.answer({ type: 'subscribed', topic: 'a' })
  outbox.release('a')

  expect(s.messages().map(({ type, topic }) => `${type} ${topic}`)).toEqual([
    'location b',
    'subscribed a',
    'location a',
  ])
})
