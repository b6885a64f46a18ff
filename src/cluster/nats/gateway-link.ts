/** A gateway's way to other nodes: what it asks of their shards, what they answer, what its watchers want to hear. */
import type { Clock } from '../../actors/runtime/ports.ts'
import type { ShardId } from '../../domain/ids.ts'
import type { BusTraffic } from '../bus-traffic.ts'
import { type Frame, originOf } from '../frames.ts'
import type { RemoteShards } from '../remote-shards.ts'
import { Announcements } from './announcements.ts'
import { Interest } from './interest.ts'
import type { Line } from './line.ts'
import { Outbox } from './outbox.ts'
import { gatewaySubject, HOMES, shardSubject, WAS_AWAY } from './subjects.ts'
import { Unread } from './unread.ts'

export interface GatewayLinkParts {
  readonly node: string
  readonly line: Line
  readonly clock: Clock
  readonly onFrame: (frame: Frame) => void
  /** These frames to a shard had no reader, or were not sent: nothing of them has happened. */
  readonly onNobody: (frames: readonly Frame[]) => void
  /** Words of other nodes may have been lost: this connection was away, or one of theirs. */
  readonly onUnheardOf: () => void
  readonly onClosed: () => Promise<void>
}

export class GatewayLink implements RemoteShards {
  readonly #parts: GatewayLinkParts
  readonly #outbox: Outbox
  readonly #interest: Interest
  readonly #announcements: Announcements

  constructor(parts: GatewayLinkParts) {
    const { node, line, clock } = parts
    this.#parts = parts
    const onNobody = (frames: readonly Frame[]) => {
      line.undelivered('nobody', frames.length)
      parts.onNobody(frames)
    }
    const unread = new Unread({ name: node, line, clock, onNobody })
    this.#outbox = new Outbox({ line, replyFor: frames => unread.remember(frames), onAway: parts.onNobody })
    this.#announcements = new Announcements(parts)
    this.#interest = new Interest(line, this.#announcements, frames => this.#take(frames))
    line.listen(gatewaySubject(node), frames => this.#take(frames))
    line.listen(HOMES, frames => this.#take(frames))
    line.hear(WAS_AWAY, () => parts.onUnheardOf())
    line.onReconnect(() => parts.onUnheardOf())
  }

  get name(): string {
    return this.#parts.node
  }

  get isUp(): boolean {
    return this.#parts.line.isUp
  }

  get traffic(): BusTraffic {
    return this.#parts.line.traffic
  }

  toShard(shard: ShardId, frame: Frame): void {
    this.#outbox.put(shardSubject(shard), frame)
  }

  flush(): void {
    this.#announcements.flush()
    this.#outbox.flush()
  }

  watch(topic: string): void {
    this.#interest.watch(topic)
  }

  unwatch(topic: string): void {
    this.#interest.unwatch(topic)
  }

  /** The server has what was subscribed, and has passed on what was announced before. Soon after where it is away. */
  async settled(): Promise<void> {
    this.#announcements.flush()
    await this.#parts.line.settled()
  }

  async close(): Promise<void> {
    this.#announcements.close()
    await this.#parts.line.close()
    await this.#parts.onClosed()
  }

  /** What our own workers say has come by the shorter way already. */
  #take(frames: readonly Frame[]): void {
    const origin = originOf(frames)
    if (origin === this.#parts.node) return
    for (const frame of origin === null ? frames : frames.slice(1)) this.#parts.onFrame(frame)
  }
}
