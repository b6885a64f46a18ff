import { expect, test } from 'bun:test'
import type { ShardId } from '../domain/ids.ts'
import type { FeedEntry } from '../feed/ports.ts'
import { EVENT_TYPES, eventTypeOf, PATTERNS, patternsFor } from './event-types.ts'

function entry(actorKind: 'order' | 'driver', type: string, data: FeedEntry['data'] = {}): FeedEntry {
  return { shard: 1 as ShardId, seq: 1, atMs: 0, actorKind, actorId: 'x', version: 1, type, data }
}

test('a step of a trip has its own name', () => {
  expect(eventTypeOf(entry('order', 'status', { status: 'delivered' }))).toBe('order.delivered')
  expect(eventTypeOf(entry('order', 'assigned'))).toBe('order.assigned')
  expect(eventTypeOf(entry('driver', 'availability'))).toBe('driver.availability')
})

test('an event is asked for by its name, its kind, or everything', () => {
  expect(patternsFor('order.assigned')).toEqual(['*', 'order.*', 'order.assigned'])
  for (const type of EVENT_TYPES) expect(patternsFor(type).every(pattern => PATTERNS.includes(pattern))).toBe(true)
})

test('how the engine keeps its drivers is told to nobody', () => {
  expect(patternsFor('driver.work_kept')).toEqual([])
  expect(patternsFor('driver.rehomed')).toEqual([])
  expect(EVENT_TYPES).not.toContain('driver.work_kept')
  expect(EVENT_TYPES).toContain('order.en_route_to_pickup')
  expect(EVENT_TYPES).not.toContain('order.status')
})
