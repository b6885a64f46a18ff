/**
 * The rest of the cluster, as a thread of this node sees it: other nodes' shards, gateways and watchers. Everything is
 * collected until `flush`. What nobody reads comes back; else nothing is promised to arrive: askers have deadlines, actors repeat
 * what they need.
 */
import type { LiveFix } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import type { BusTraffic } from './bus-traffic.ts'
import type { Frame } from './frames.ts'

export interface RemoteBus {
  /** This node's name, under which gateways elsewhere answer to it. */
  readonly node: string
  /** Since the start of this thread. */
  readonly traffic: BusTraffic
  /** Something was said to shards of other nodes so lately that it may still come back unread. */
  readonly mayHearBack: boolean
  toShard(shard: ShardId, frame: Frame): void
  toGateway(gateway: string, frame: Frame): void
  /** The members of the cluster: what none of them wants to hear need not be published. */
  learnMembers(nodes: readonly string[]): void
  publish(topic: string, type: string, data: JsonObject): void
  publishFix(fix: LiveFix): void
  publishHome(driverId: DriverId, shard: ShardId): void
  /** A frame came that this version does not know. */
  unreadable(): void
  flush(): void
}

/** Serves shards: what others send to them comes in from now on. */
export interface RemoteInbox {
  /** @returns once the others can reach them, or soon after where the bus is away. */
  serve(shards: readonly ShardId[]): Promise<void>
  /**
   * For whoever gives them away, before the next owner listens: what was on its way to them here comes in, and is given back as if
   * nobody had read it.
   * @returns once all of that is done; after some time in any case.
   */
  leave(shards: readonly ShardId[]): Promise<void>
  /** For whoever has lost them: their next owner listens already, so nothing of what still comes is this one's to answer. */
  lose(shards: readonly ShardId[]): void
  close(): Promise<void>
}

export type RemoteLink = RemoteBus & RemoteInbox
