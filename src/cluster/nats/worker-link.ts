/**
 * A worker thread's way to other nodes. Shards that it serves are reached through their subjects. What its actors tell the
 * world goes to whoever has announced an interest there, and where nobody has, nowhere; changes of orders and drivers go to
 * NATS in any case, since nothing would repair one that was said before its watcher was announced.
 */
import type { Subscription } from 'nats'
import type { Clock, LiveFix } from '../../actors/runtime/ports.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import type { BusTraffic } from '../bus-traffic.ts'
import { encodeBatch, type Frame, homeFrame, liveFixFrame, originFrame, publishFrame } from '../frames.ts'
import type { RemoteLink } from '../remote-bus.ts'
import { ANNOUNCE_EVERY_MS } from './announcements.ts'
import { HeardInterest } from './heard-interest.ts'
import type { Line } from './line.ts'
import { Outbox } from './outbox.ts'
import {
  fixesSubject,
  gatewaySubject,
  HOMES,
  INTEREST,
  INTEREST_ASKED,
  liveSubject,
  shardSubject,
  WAS_AWAY,
} from './subjects.ts'
import { Unread } from './unread.ts'
import { readWants } from './wants-frames.ts'

/** Positions for watchers elsewhere are collected for so long: what they see may be this much later, for a tenth of the messages. */
const FIXES_EVERY_MS = 20
/** A gateway that has missed three of its announcements. */
const SILENCE_MAX_MS = 3.5 * ANNOUNCE_EVERY_MS
/** The lives of two leases: then it is known as well who is a member. */
const INTEREST_SETTLES_MS = 6_000

const NOTHING = new Uint8Array()

/** `left`: what still comes was under way as this worker left. `over`: whoever serves it now may have read that as well. */
interface ServedSubject {
  readonly subscription: Subscription
  readonly phase: { is: 'served' | 'left' | 'over' }
}

export interface WorkerLinkParts {
  readonly node: string
  /** Which of the node's workers this is. */
  readonly worker: number
  readonly line: Line
  readonly clock: Clock
  readonly onFrames: (frames: readonly Frame[]) => void
  /** These frames to a shard had no reader, or were not sent: nothing of them has happened. */
  readonly onNobody: (frames: readonly Frame[]) => void
}

export class WorkerLink implements RemoteLink {
  readonly #parts: WorkerLinkParts
  readonly #unread: Unread
  readonly #toShards: Outbox
  readonly #toGateways: Outbox
  readonly #fixes: Outbox
  readonly #served = new Map<ShardId, ServedSubject>()
  /** By this, gateways know what their own node has told them already. */
  readonly #origin: Frame
  readonly #interest: HeardInterest
  #interestAsked = 0
  #fixesArmed = false

  constructor(parts: WorkerLinkParts) {
    const { line, node, clock } = parts
    this.#parts = parts
    this.#unread = this.#unreadOf('shards', frames => {
      line.undelivered('nobody', frames.length)
      parts.onNobody(frames)
    })
    const unanswered = this.#unreadOf('gateways', frames => line.undelivered('no_gateway', frames.length))
    this.#toShards = new Outbox({ line, replyFor: frames => this.#unread.remember(frames), onAway: parts.onNobody })
    this.#toGateways = new Outbox({ line, replyFor: frames => unanswered.remember(frames) })
    this.#origin = originFrame(node)
    this.#fixes = new Outbox({ line, heads: [this.#origin] })
    this.#interest = new HeardInterest({ node, silenceMaxMs: SILENCE_MAX_MS })
    line.listen(INTEREST, frames => {
      for (const frame of frames) this.#interest.learn(readWants(frame), clock.nowMs())
    })
    line.onReconnect(() => {
      this.#askInterest()
      // Shards were served on meanwhile, and what their actors told has reached nobody elsewhere.
      if (line.isUp) line.publish(WAS_AWAY, NOTHING)
    })
    this.#askInterest()
  }

  get node(): string {
    return this.#parts.node
  }

  get traffic(): BusTraffic {
    return this.#parts.line.traffic
  }

  get mayHearBack(): boolean {
    return this.#unread.mayHear
  }

  async serve(shards: readonly ShardId[]): Promise<void> {
    for (const shard of shards) if (!this.#served.has(shard)) this.#served.set(shard, this.#listen(shard))
    await this.#parts.line.settled()
  }

  #listen(shard: ShardId): ServedSubject {
    const { line, onFrames } = this.#parts
    const phase: ServedSubject['phase'] = { is: 'served' }
    const subscription = line.listen(shardSubject(shard), (frames, { reply }) => {
      if (phase.is === 'over') line.undelivered('too_late', frames.length)
      // As if it had come to nobody: so it goes back to who has it in the order in which it was said.
      else if (phase.is === 'left' && reply) line.publish(reply, NOTHING)
      else onFrames(frames)
    })
    return { subscription, phase }
  }

  async leave(shards: readonly ShardId[]): Promise<void> {
    const { line } = this.#parts
    await Promise.all(
      this.#taken(shards).map(async ({ subscription, phase }) => {
        phase.is = 'left'
        await line.leave(subscription)
        phase.is = 'over'
      }),
    )
  }

  lose(shards: readonly ShardId[]): void {
    for (const { subscription, phase } of this.#taken(shards)) {
      phase.is = 'over'
      // Not forgotten at once: what the server has passed on already is to be counted.
      void this.#parts.line.leave(subscription)
    }
  }

  #taken(shards: readonly ShardId[]): readonly ServedSubject[] {
    const taken = shards.flatMap(shard => this.#served.get(shard) ?? [])
    for (const shard of shards) this.#served.delete(shard)
    return taken
  }

  toShard(shard: ShardId, frame: Frame): void {
    this.#toShards.put(shardSubject(shard), frame)
  }

  toGateway(gateway: string, frame: Frame): void {
    this.#toGateways.put(gatewaySubject(gateway), frame)
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    this.#toGateways.put(HOMES, homeFrame(driverId, shard))
  }

  learnMembers(nodes: readonly string[]): void {
    this.#interest.learnMembers(nodes, this.#parts.clock.nowMs())
  }

  publish(topic: string, type: string, data: JsonObject): void {
    const { line } = this.#parts
    const subject = liveSubject(topic)
    if (!line.isUp || (!isReadElsewhere(topic) && !this.#interest.isWanted(subject))) return
    line.publish(subject, encodeBatch([this.#origin, publishFrame(topic, type, data)]))
  }

  publishFix(fix: LiveFix): void {
    const subject = fixesSubject(fix, fix.driverId)
    if (!this.#interest.isWanted(subject)) return
    this.#fixes.put(subject, liveFixFrame(fix))
    if (this.#fixesArmed) return
    this.#fixesArmed = true
    this.#parts.clock.after(FIXES_EVERY_MS, () => {
      this.#fixesArmed = false
      this.#fixes.flush()
    })
  }

  flush(): void {
    this.#toShards.flush()
    this.#toGateways.flush()
  }

  #unreadOf(what: string, onNobody: (frames: readonly Frame[]) => void): Unread {
    const { line, clock, node, worker } = this.#parts
    return new Unread({ name: `${node}.${worker}.${what}`, line, clock, onNobody })
  }

  unreadable(): void {
    this.#parts.line.undelivered('unreadable', 1)
  }

  /** Until each has had time to answer, everything is told. */
  #askInterest(): void {
    const { line, clock } = this.#parts
    const asked = ++this.#interestAsked
    this.#interest.forget()
    if (line.isUp) line.publish(INTEREST_ASKED, NOTHING)
    clock.after(INTEREST_SETTLES_MS, () => {
      if (asked === this.#interestAsked) this.#interest.settle(clock.nowMs())
    })
  }

  close(): Promise<void> {
    return this.#parts.line.close()
  }
}

/**
 * Whether watching begins with a read of the record or the hot view. That may be done before the announcement is here, and
 * what changed in between would be said to nobody and never again. Phones and prices begin with an actor's answer instead,
 * which comes from this thread, after the announcement; a position is followed by the next one.
 */
function isReadElsewhere(topic: string): boolean {
  return topic.startsWith('order:') || topic.startsWith('driver:')
}
