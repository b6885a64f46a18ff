/** Shards that other nodes serve, as the gateway of this one reaches them. */
import type { ShardId } from '../domain/ids.ts'
import type { BusTraffic } from './bus-traffic.ts'
import type { Frame } from './frames.ts'

export interface RemoteShards {
  /** The name under which workers anywhere answer to this gateway. */
  readonly name: string
  /** False: nothing can be sent now. */
  readonly isUp: boolean
  /** Of the gateway's own thread, since its start. */
  readonly traffic: BusTraffic
  /** Collected until `flush`. */
  toShard(shard: ShardId, frame: Frame): void
  flush(): void
  /** What somebody here watches: a live topic, `phone:<driver>`, or `fixes:<driver>`. */
  watch(topic: string): void
  unwatch(topic: string): void
  /** @returns once what is said of what is watched now is heard here, or soon after where the bus is away. */
  settled(): Promise<void>
}
