import { expect, test } from 'bun:test'
import { Metrics } from '../metrics/metrics.ts'
import { Outbox } from './outbox.ts'
import { LiveEvent, LiveUpdate } from './update.ts'

/** The sending half of a socket whose reader can be told to stop. */
function socket() {
  const sent: string[] = []
  const state = { room: true }
  const send = (text: string): number => {
    sent.push(text)
    return state.room ? text.length : -1
  }
  return { sent, state, send, messages: () => sent.map(text => JSON.parse(text) as Record<string, unknown>) }
}

function update(topic: string, seq: number): LiveUpdate {
  return new LiveUpdate(topic, seq, new LiveEvent('location', { n: seq }))
}

test('a reader that keeps up gets every message', () => {
  const s = socket()
  const metrics = new Metrics()
  const outbox = new Outbox(s, metrics)
  for (const seq of [1, 2, 3]) outbox.push(update('fleet', seq))

  expect(s.messages()).toEqual([1, 2, 3].map(seq => ({ type: 'location', topic: 'fleet', seq, data: { n: seq } })))
  expect(metrics.liveSent).toBe(3)
})

test('a slow reader gets the latest of each topic, and is told exactly what it missed', () => {
  const s = socket()
  const metrics = new Metrics()
  const outbox = new Outbox(s, metrics)
  s.state.room = false
  for (let seq = 1; seq <= 5; seq++) outbox.push(update('a', seq))
  outbox.push(update('b', 9))
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
  const outbox = new Outbox(s, new Metrics())
  s.state.room = false
  for (let seq = 1; seq <= 1_000; seq++) for (const topic of ['a', 'b', 'c']) outbox.push(update(topic, seq))
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
  const outbox = new Outbox(s, new Metrics())
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
