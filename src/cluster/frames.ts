/**
 * What crosses between threads: batches of frames, each a positional tuple whose first field is its kind. Positional, because
 * names would be most of the bytes; with a version in front, because a tuple cannot say what it means by itself.
 *
 * Answers and what is published are states as a whole, most of it names and text: to the gateway of the same node they go as JSON
 * inside the tuple (`order-text.ts`), which the platform writes and reads in half the time that msgpack in JavaScript takes for maps. So do
 * commands of a gateway to the threads of its node.
 *
 * Positions between nodes have a frame of their own, flat; between threads of one node they go in rows (`fix-rows.ts`).
 */

import type { ActorKindName, Envelope, MailboxClass, Message, ReplyTo } from '../actors/runtime/envelope.ts'
import { pack, unpack } from '../actors/runtime/msgpack.ts'
import type { IntakeItem, IntakeResult, LiveFix } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import { type BodyTexts, bodyTexts, type KnownTerms } from './order-text.ts'

const VERSION = 1

const KINDS: readonly ActorKindName[] = ['driver', 'order', 'matching', 'pricing']
const CLASSES: readonly MailboxClass[] = ['command', 'live', 'vital']
export const RESULTS: readonly IntakeResult[] = [
  'committed',
  'late',
  'duplicate',
  'implausible_jump',
  'unknown_driver',
  'dead',
  'overloaded',
  'moved',
]

/** Field 0 of each frame. */
export const FRAME = {
  envelope: 0,
  fix: 1,
  open: 2,
  stop: 3,
  askStats: 4,
  drop: 5,
  drain: 6,
  served: 7,
  members: 8,
  reply: 10,
  publish: 11,
  settled: 12,
  liveFix: 13,
  home: 14,
  origin: 20,
  wants: 21,
  opened: 15,
  lost: 16,
  stats: 17,
  log: 18,
  drained: 19,
  /** Between threads of one node only. */
  seenRows: 22,
  settledRows: 23,
  watch: 24,
  unwatch: 25,
  watching: 26,
  unheard: 27,
  fixes: 28,
  replyText: 29,
  publishText: 30,
  envelopeText: 31,
} as const

/** One frame: a tuple of what msgpack knows. */
export type Frame = readonly unknown[]

export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export function encodeBatch(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  return pack([VERSION, frames])
}

/** @throws {FrameError} of another version: threads of one node always speak the same. */
export function decodeBatch(bytes: Uint8Array): readonly Frame[] {
  const [version, frames] = unpack(bytes) as [number, readonly Frame[]]
  if (version !== VERSION) throw new FrameError(`a batch of frames of version ${version}, this is version ${VERSION}`)
  return frames
}

export function envelopeFrame(e: Envelope): Frame {
  const frame = [
    FRAME.envelope,
    KINDS.indexOf(e.to.kind),
    e.to.id,
    e.to.shard,
    CLASSES.indexOf(e.class),
    e.epoch,
    e.deadlineMs,
    e.hops,
    e.message,
  ]
  // Last, and mostly left out: an older node does not look for it.
  return e.trace === undefined ? frame : [...frame, e.trace]
}

export function readEnvelope(frame: Frame): Envelope {
  const [, kind, id, shard, mailbox, epoch, deadlineMs, hops, message, trace] = frame as [
    number,
    number,
    string,
    ShardId,
    number,
    number,
    UnixMs,
    number,
    Message,
    string | undefined,
  ]
  return {
    to: { kind: KINDS[kind] ?? 'order', id, shard },
    class: CLASSES[mailbox] ?? 'command',
    epoch,
    deadlineMs,
    hops,
    message,
    ...(typeof trace === 'string' ? { trace } : {}),
  }
}

/** As `envelopeFrame`, from a gateway to the threads of its own node. What it asks is data that has come, or could have, as JSON. */
export function envelopeTextFrame(e: Envelope): Frame {
  return [FRAME.envelopeText, JSON.stringify(envelopeFrame(e))]
}

export function readEnvelopeText(frame: Frame): Envelope {
  const [, text] = frame as [number, string]
  return readEnvelope(JSON.parse(text) as Frame)
}

export function fixFrame(gateway: string, { driverId, shard, token, index, create, fix }: IntakeItem): Frame {
  const { latitude, longitude, speed, heading, accuracy, recordedAtMs, orderId } = fix
  return [
    FRAME.fix,
    gateway,
    driverId,
    shard,
    token,
    index,
    create,
    latitude,
    longitude,
    speed,
    heading,
    accuracy,
    recordedAtMs,
    orderId,
  ]
}

export function readFix(frame: Frame): { gateway: string; item: IntakeItem } {
  const f = frame as [
    number,
    string,
    DriverId,
    ShardId,
    number,
    number,
    boolean,
    number,
    number,
    number | null,
    number | null,
    number | null,
    UnixMs | null,
    string | null,
  ]
  return {
    gateway: f[1],
    item: {
      driverId: f[2],
      shard: f[3],
      token: f[4],
      index: f[5],
      create: f[6],
      fix: {
        latitude: f[7],
        longitude: f[8],
        speed: f[9],
        heading: f[10],
        accuracy: f[11],
        recordedAtMs: f[12],
        orderId: f[13],
      },
    },
  }
}

export function liveFixFrame(fix: LiveFix): Frame {
  return [
    FRAME.liveFix,
    fix.driverId,
    fix.latitude,
    fix.longitude,
    fix.speed,
    fix.heading,
    fix.accuracy,
    fix.recordedAtMs,
    fix.receivedAtMs,
    fix.orderId,
  ]
}

export function readLiveFix(frame: Frame): LiveFix {
  const f = frame as [
    number,
    DriverId,
    number,
    number,
    number | null,
    number | null,
    number | null,
    UnixMs,
    UnixMs,
    string | null,
  ]
  return {
    driverId: f[1],
    latitude: f[2],
    longitude: f[3],
    speed: f[4],
    heading: f[5],
    accuracy: f[6],
    recordedAtMs: f[7],
    receivedAtMs: f[8],
    orderId: f[9],
  }
}

export function settledFrame(
  gateway: string,
  token: number,
  index: number,
  result: IntakeResult,
  recordedAtMs: UnixMs,
): Frame {
  return [FRAME.settled, gateway, token, index, RESULTS.indexOf(result), recordedAtMs]
}

export function readSettled(frame: Frame): {
  token: number
  index: number
  result: IntakeResult
  recordedAtMs: UnixMs
} {
  const [, , token, index, result, recordedAtMs] = frame as [number, string, number, number, number, UnixMs]
  return { token, index, result: RESULTS[result] ?? 'overloaded', recordedAtMs }
}

export function replyFrame(to: ReplyTo, body: JsonObject): Frame {
  return [FRAME.reply, to.gateway, to.askId, body]
}

export function readReply(frame: Frame): { askId: number; body: JsonObject } {
  const [, , askId, body] = frame as [number, string, number, JsonObject]
  return { askId, body }
}

export function publishFrame(topic: string, type: string, data: JsonObject): Frame {
  return [FRAME.publish, topic, type, data]
}

export function readPublish(frame: Frame): { topic: string; type: string; data: JsonObject } {
  const [, topic, type, data] = frame as [number, string, string, JsonObject]
  return { topic, type, data }
}

/** As `replyFrame`, between threads of one node. */
export function replyTextFrame(to: ReplyTo, body: JsonObject): Frame {
  return [FRAME.replyText, to.askId, ...bodyTexts(body)]
}

export function readReplyText(frame: Frame, known: KnownTerms): { askId: number; body: JsonObject } {
  const [, askId, ...texts] = frame as [number, number, ...BodyTexts]
  return { askId, body: known.read(texts) }
}

/** As `publishFrame`, between threads of one node. */
export function publishTextFrame(topic: string, type: string, data: JsonObject): Frame {
  return [FRAME.publishText, topic, type, ...bodyTexts(data)]
}

export function readPublishText(frame: Frame, known: KnownTerms): { topic: string; type: string; data: JsonObject } {
  const [, topic, type, ...texts] = frame as [number, string, string, ...BodyTexts]
  return { topic, type, data: known.read(texts) }
}

/** First in a batch that a node's own gateway gets as well: which node has sent it. */
export function originFrame(node: string): Frame {
  return [FRAME.origin, node]
}

/** @returns null where the batch does not say. */
export function originOf(frames: readonly Frame[]): string | null {
  const [first] = frames
  return first?.[0] === FRAME.origin ? (first[1] as string) : null
}

export function homeFrame(driverId: DriverId, shard: ShardId): Frame {
  return [FRAME.home, driverId, shard]
}

export function readHome(frame: Frame): { driverId: DriverId; shard: ShardId } {
  const [, driverId, shard] = frame as [number, DriverId, ShardId]
  return { driverId, shard }
}
