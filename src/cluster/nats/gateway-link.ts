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
import { batchOf, gatewaySubject, HOMES, nobodySubject, shardSubject, WAS_AWAY } from './subjects.ts'

/** That nobody has read a message is said within a round trip. */
const REMEMBERED_MS = 2_000

export interface GatewayLinkParts {
  readonly node: string
  readonly line: Line
  readonly clock: Clock
  readonly onFrame: (frame: Frame) => void
  /** These frames to a shard had no reader: nothing of them has happened. */
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
  readonly #sent = new Map<number, { readonly atMs: number; readonly frames: readonly Frame[] }>()
  #batches = 0

  constructor(parts: GatewayLinkParts) {
    const { node, line } = parts
    this.#parts = parts
    this.#outbox = new Outbox(line)
    this.#announcements = new Announcements(parts)
    this.#interest = new Interest(line, this.#announcements, frames => this.#take(frames))
    line.listen(gatewaySubject(node), frames => this.#take(frames))
    line.listen(HOMES, frames => this.#take(frames))
    line.hear(WAS_AWAY, () => parts.onUnheardOf())
    line.onReconnect(() => parts.onUnheardOf())
    line.hear(nobodySubject(node, '*'), subject => this.#nobody(subject))
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
    const { clock, node } = this.#parts
    const atMs = clock.nowMs()
    for (const [batch, sent] of this.#sent) {
      if (atMs - sent.atMs < REMEMBERED_MS) break
      this.#sent.delete(batch)
    }
    this.#announcements.flush()
    this.#outbox.flush((_, frames) => {
      const batch = ++this.#batches
      this.#sent.set(batch, { atMs, frames })
      return nobodySubject(node, batch)
    })
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

  #nobody(subject: string): void {
    const batch = batchOf(subject)
    const sent = this.#sent.get(batch)
    this.#sent.delete(batch)
    if (sent) this.#parts.onNobody(sent.frames)
  }

  /** What our own workers say has come by the shorter way already. */
  #take(frames: readonly Frame[]): void {
    const origin = originOf(frames)
    if (origin === this.#parts.node) return
    for (const frame of origin === null ? frames : frames.slice(1)) this.#parts.onFrame(frame)
  }
}
