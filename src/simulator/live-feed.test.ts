import { expect, test } from 'bun:test'
import type { JournalTurn } from '../actors/runtime/ports.ts'
import { newOrderId, type ShardId } from '../domain/ids.ts'
import { LiveFeed } from './live-feed.ts'
import { Tally } from './tally.ts'

const SHARD = 3 as ShardId
const ORDER = newOrderId(SHARD, 0, () => 0.5)

function stateAt(version: number, status = 'placed') {
  return { version, status }
}

function commit(feed: LiveFeed, version: number, status = 'placed'): void {
  const row = { kind: 'order', status, state: stateAt(version, status) }
  feed.onCommitted({ actorId: ORDER, row, events: [{}], versionBefore: version - 1 } as unknown as JournalTurn)
}

function madeOf(...versions: number[]): LiveFeed {
  const feed = new LiveFeed(new Tally())
  for (const version of versions) commit(feed, version)
  return feed
}

test('what is committed is published, in order', () => {
  const feed = madeOf(1, 2)
  feed.onPublish('node-0', ORDER, stateAt(1))
  feed.onPublish('node-0', ORDER, stateAt(2))
  feed.checkAtRest()
})

test('(i) is broken by what was never committed, or not like that', () => {
  expect(() => madeOf(1).onPublish('node-0', ORDER, stateAt(2))).toThrow('(i)')
  expect(() => madeOf(1).onPublish('node-0', ORDER, stateAt(1, 'assigned'))).toThrow('as it was not committed')
})

test('(i) is broken by a commit that is passed over, or never published', () => {
  expect(() => madeOf(1, 2).onPublish('node-0', ORDER, stateAt(2))).toThrow('1 never was')
  expect(() => madeOf(1).checkAtRest()).toThrow('never published')
})

test('one owner does not go back; one that was replaced may be late', () => {
  const feed = madeOf(1, 2)
  feed.onPublish('node-0', ORDER, stateAt(1))
  feed.onPublish('node-1', ORDER, stateAt(2))
  feed.onPublish('node-0', ORDER, stateAt(1))

  expect(() => feed.onPublish('node-1', ORDER, stateAt(1))).toThrow('(i)')
})

test('an end may stay unheard where the shard changed hands at that moment, and nowhere else', () => {
  const feed = madeOf(1)
  feed.onPublish('node-0', ORDER, stateAt(1))
  commit(feed, 2, 'delivered')
  expect(() => feed.checkAtRest()).toThrow('never published')

  feed.onServed([{ shard: SHARD, epoch: 2 }])
  feed.checkAtRest()
})
