/** What an endpoint is sent. As in the event feed, every field of an event is named: nothing personal gets out. */
import type { UnixMs } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import { cloudEventOf, eventIdOf } from '../feed/cloud-event.ts'
import type { FeedEntry } from '../feed/ports.ts'
import { eventTypeOf, TEST_TYPE } from './event-types.ts'
import { BODY_BYTES_MAX } from './limits.ts'

export interface WebhookBody {
  readonly id: string
  readonly type: string
  /** When it happened. */
  readonly timestamp: string
  readonly mode: Mode
  /** Numbers the events of one object, from 1. One that is lower than the last was overtaken. */
  readonly sequence: number
  readonly data: Readonly<Record<string, unknown>>
}

/** The same for each endpoint and each attempt, and the id of the event feed but for the prefix. */
export function messageIdOf(entry: FeedEntry): string {
  return `evt_${eventIdOf(entry)}`
}

export function bodyTextOf(entry: FeedEntry, mode: Mode): string {
  const { data, time } = cloudEventOf(entry)
  const body: WebhookBody = {
    id: messageIdOf(entry),
    type: eventTypeOf(entry),
    timestamp: time,
    mode,
    sequence: entry.version,
    data,
  }
  const text = JSON.stringify(body)
  if (Buffer.byteLength(text) <= BODY_BYTES_MAX) return text
  return JSON.stringify({ ...body, data: { [`${entry.actorKind}_id`]: entry.actorId, version: entry.version } })
}

export function testBodyText(id: string, webhookId: string, mode: Mode, nowMs: UnixMs): string {
  const timestamp = new Date(nowMs).toISOString()
  const body: WebhookBody = { id, type: TEST_TYPE, timestamp, mode, sequence: 1, data: { webhook_id: webhookId } }
  return JSON.stringify(body)
}
