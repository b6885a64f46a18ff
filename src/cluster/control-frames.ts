/** Frames between a worker and the gateway's thread about the worker itself: which shards it serves, how it fares. */
import type { ThreadFigures } from '../actors/node-figures.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { LogEntry, LogFields, LogLevel } from '../actors/runtime/log.ts'
import type { OrderId, ShardId } from '../domain/ids.ts'
import type { BusTraffic } from './bus-traffic.ts'
import { FRAME, type Frame } from './frames.ts'

/** What a worker counts: its actors, and what went over the bus between nodes. Its number is known to whoever asks. */
export interface WorkerStats extends Omit<ThreadFigures, 'thread'> {
  readonly bus: BusTraffic
}

export function openFrame(grants: readonly ShardGrant[]): Frame {
  return [FRAME.open, grants.map(g => [g.shard, g.epoch])]
}

export function readOpen(frame: Frame): ShardGrant[] {
  const [, pairs] = frame as [number, readonly (readonly [ShardId, number])[]]
  return pairs.map(([shard, epoch]) => ({ shard, epoch }))
}

/** The grants are served from here on. */
export function openedFrame(grants: readonly ShardGrant[]): Frame {
  return [FRAME.opened, grants.map(g => g.shard)]
}

export function readOpened(frame: Frame): readonly ShardId[] {
  return (frame as [number, readonly ShardId[]])[1]
}

export function lostFrame(shard: ShardId, cause: 'fenced' | Error): Frame {
  return [FRAME.lost, shard, cause === 'fenced' ? null : (cause.stack ?? cause.message)]
}

export function readLost(frame: Frame): { shard: ShardId; failure: string | null } {
  const [, shard, failure] = frame as [number, ShardId, string | null]
  return { shard, failure }
}

export function dropFrame(shards: readonly ShardId[]): Frame {
  return [FRAME.drop, shards]
}

/** What this node serves: everything else is sent over the bus. */
export function servedFrame(shards: readonly ShardId[]): Frame {
  return [FRAME.served, shards]
}

/** The nodes that take part in the cluster, as this one sees them. */
export function membersFrame(nodes: readonly string[]): Frame {
  return [FRAME.members, nodes]
}

export function readMembers(frame: Frame): readonly string[] {
  return (frame as [number, readonly string[]])[1]
}

/** Of `drop` and `served`. */
export function readShards(frame: Frame): readonly ShardId[] {
  return (frame as [number, readonly ShardId[]])[1]
}

/** Somebody here watches these orders. Answered with `watchingFrame` once it is known. */
export function watchFrame(askId: number, orderIds: readonly OrderId[]): Frame {
  return [FRAME.watch, askId, orderIds]
}

export function readWatch(frame: Frame): { askId: number; orderIds: readonly OrderId[] } {
  const [, askId, orderIds] = frame as [number, number, readonly OrderId[]]
  return { askId, orderIds }
}

export function watchingFrame(askId: number): Frame {
  return [FRAME.watching, askId]
}

export function unwatchFrame(orderId: OrderId): Frame {
  return [FRAME.unwatch, orderId]
}

export function readUnwatch(frame: Frame): OrderId {
  return (frame as [number, OrderId])[1]
}

export function drainFrame(askId: number): Frame {
  return [FRAME.drain, askId]
}

export function drainedFrame(askId: number): Frame {
  return [FRAME.drained, askId]
}

/** Of `drain`, `drained` and `watching`. */
export function readAskId(frame: Frame): number {
  return (frame as [number, number])[1]
}

export function statsFrame(askId: number, stats: WorkerStats): Frame {
  return [FRAME.stats, askId, stats]
}

export function readStats(frame: Frame): { askId: number; stats: WorkerStats } {
  const [, askId, stats] = frame as [number, number, WorkerStats]
  return { askId, stats }
}

/** A line for the log of the node. */
export function logFrame(level: LogLevel, sentence: string, fields: LogFields = {}): Frame {
  return [FRAME.log, level, sentence, fields]
}

export function readLog(frame: Frame): LogEntry & { readonly sentence: string } {
  const [, level, sentence, fields] = frame as [number, LogLevel, string, LogFields]
  return { level, sentence, fields }
}
