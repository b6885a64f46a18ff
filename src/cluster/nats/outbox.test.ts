import { expect, test } from 'bun:test'
import { type BusTraffic, TrafficCounter } from '../bus-traffic.ts'
import { decodeBatch, type Frame } from '../frames.ts'
import { Outbox } from './outbox.ts'

interface Sent {
  readonly subject: string
  readonly frames: readonly Frame[]
  readonly reply: string | undefined
}

function setUp(isUp: boolean) {
  const counter = new TrafficCounter()
  const sent: Sent[] = []
  const line = {
    isUp,
    payloadMax: 1_000,
    publish: (subject: string, bytes: Uint8Array, reply?: string) =>
      void sent.push({ subject, frames: decodeBatch(bytes), reply }),
    undelivered: counter.undelivered.bind(counter),
  }
  const undelivered = (): BusTraffic['undelivered'] => counter.traffic.undelivered
  return { line, sent, undelivered }
}

test('what is put until a flush goes as one message per subject', () => {
  const { line, sent } = setUp(true)
  const outbox = new Outbox({ line, heads: [['head']], replyFor: frames => `nobody.${frames.length}` })
  outbox.put('a', [1])
  outbox.put('b', [2])
  outbox.put('a', [3])
  outbox.flush()
  outbox.flush()
  expect(sent).toEqual([
    { subject: 'a', frames: [['head'], [1], [3]], reply: 'nobody.2' },
    { subject: 'b', frames: [['head'], [2]], reply: 'nobody.1' },
  ])
})

test('while the server is away whoever said it gets it back, and what is said because of that is not lost with it', () => {
  const { line, sent, undelivered } = setUp(false)
  const back: Frame[] = []
  const outbox: Outbox = new Outbox({
    line,
    onAway: frames => {
      back.push(...frames)
      outbox.put('c', ['because of it'])
    },
  })
  outbox.put('a', [1])
  outbox.put('b', [2])
  outbox.flush()
  expect([back, sent, undelivered().away]).toEqual([[[1], [2]], [], 2])
  line.isUp = true
  outbox.flush()
  expect(sent.map(({ subject }) => subject)).toEqual(['c'])
})

test('frames that are too much for one message are halved until they fit', () => {
  const { line, sent, undelivered } = setUp(true)
  const outbox = new Outbox({ line })
  for (let n = 0; n < 5; n++) outbox.put('a', [n, 'x'.repeat(400)])
  outbox.put('a', [5, 'x'.repeat(1_000)])
  outbox.flush()
  expect(sent.flatMap(({ frames }) => frames.map(([n]) => n))).toEqual([0, 1, 2, 3, 4])
  expect(undelivered().too_large).toBe(1)
})
