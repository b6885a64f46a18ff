/**
 * The envelope of an event: CloudEvents 1.0 in JSON.
 *
 * `id` is `<shard>-<seq>`: the same event always has the same one, whoever publishes it and however often. `seq` is text because
 * an integer of CloudEvents has 32 bits, which a busy shard outgrows.
 */

import { type Mode, modeOfActor } from '../domain/mode.ts'
import { EVENT_BYTES_MAX } from './limits.ts'
import type { FeedEntry, FeedMessage } from './ports.ts'
import { DRIVER_EVENTS, type PublishedDriverEvent, publishedDriver } from './published-driver.ts'
import { ORDER_EVENTS, type PublishedOrderEvent, publishedOrder } from './published-order.ts'
import { EVENT_SUBJECTS } from './subjects.ts'

export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  /** The order's or driver's id. */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** `test`: of a test key's. A subscriber to what really happens passes over it. */
  readonly mode: Mode
  readonly shard: number
  /** A whole number. Without gaps within its shard. */
  readonly seq: string
  readonly data: Readonly<Record<string, unknown>>
}

export const EVENT_SOURCE = '/waggle'
export const EVENT_CONTENT_TYPE = 'application/cloudevents+json'

export function eventIdOf({ shard, seq }: Pick<FeedEntry, 'shard' | 'seq'>): string {
  return `${shard}-${seq}`
}

export function cloudEventOf(entry: FeedEntry): CloudEvent {
  const { shard, seq, actorKind, actorId, version, type, atMs } = entry
  return {
    specversion: '1.0',
    id: eventIdOf(entry),
    source: EVENT_SOURCE,
    type: `waggle.${actorKind}.${type}`,
    subject: actorId,
    time: new Date(atMs).toISOString(),
    datacontenttype: 'application/json',
    mode: modeOfActor(actorKind, actorId),
    shard,
    seq: `${seq}`,
    data: { [`${actorKind}_id`]: actorId, version, ...publishedData(entry) },
  }
}

export function feedMessageOf(entry: FeedEntry): FeedMessage {
  return { subject: EVENT_SUBJECTS[entry.actorKind], id: eventIdOf(entry), body: bodyOf(entry) }
}

/** An event that is too long for the stream must not stop those after it: it is told without its data. */
export function bodyOf(entry: FeedEntry): string {
  const event = cloudEventOf(entry)
  const body = JSON.stringify(event)
  if (body.length * UTF8_BYTES_MAX <= EVENT_BYTES_MAX || Buffer.byteLength(body) <= EVENT_BYTES_MAX) return body
  return JSON.stringify({ ...event, data: { [`${entry.actorKind}_id`]: entry.actorId, version: entry.version } })
}

/** Of one UTF-16 unit. */
const UTF8_BYTES_MAX = 3

/**
 * Written by this version or another one. Of an event that this version does not know nothing is told but that it happened: it
 * cannot know what of it is personal.
 */
function publishedData({ actorKind, type, atMs, data }: FeedEntry): object {
  const event: unknown = { ...data, type, atMs }
  try {
    if (actorKind === 'order') return type in ORDER_EVENTS ? publishedOrder(event as PublishedOrderEvent) : {}
    return type in DRIVER_EVENTS ? publishedDriver(event as PublishedDriverEvent) : {}
  } catch {
    // It lacks what this version reads of it. Those after it must not wait for that.
    return {}
  }
}
