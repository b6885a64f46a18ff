/**
 * `/v1/live`: watch orders, drivers, cells or the fleet. A subscription is answered first with how things stand, then
 * with what changes. The topic is watched, also on other nodes, before the snapshot is read, and its messages are held back
 * until that is sent, so nothing falls between the two; something may come twice, which a version or a time shows.
 */
import type { Clock } from '../../actors/runtime/ports.ts'
import { isOwnOrder } from '../access/permit.ts'
import type { Caller, Principal } from '../access/principal.ts'
import { checkTopic } from '../access/topic-access.ts'
import { type ErrorDeps, refusalOf } from '../errors.ts'
import type { HttpLimits } from '../limits.ts'
import type { CellResolutions } from '../live/cell-resolutions.ts'
import type { LiveHub, Watcher } from '../live/hub.ts'
import { Outbox } from '../live/outbox.ts'
import { type SnapshotSources, snapshotOf } from '../live/snapshots.ts'
import { parseTopic, type Topic } from '../live/topics.ts'
import { LiveEvent, LiveUpdate } from '../live/update.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { Refusal } from '../problem.ts'
import { pinOf } from '../render/order.ts'
import { renderLiveFix } from '../render/position.ts'
import { renderTrackedFix, renderTrackedOrder } from '../render/tracking.ts'
import { topicsMessage } from '../schemas/frame.ts'
import { jsonCodec, UnreadableFrame } from './codec.ts'
import type { Socket, SocketSession } from './session.ts'

export interface LiveDeps extends ErrorDeps {
  readonly hub: LiveHub
  readonly snapshots: SnapshotSources
  readonly cellResolutions: CellResolutions
  readonly metrics: Metrics
  readonly limits: HttpLimits
  readonly clock: Clock
}

/** Who are not shown a topic as everybody is. */
const NARROWED: readonly Caller[] = ['link', 'customer', 'driver']

/** Messages of a client are lists of topics. */
const MESSAGE_BYTES_MAX = 65_536

export class LiveSession implements SocketSession, Watcher {
  readonly kind = 'live'
  readonly subprotocol = null
  readonly #deps: LiveDeps
  readonly principal: Principal
  readonly #watched = new Map<string, Topic>()
  #outbox: Outbox | null = null
  #snapshotsUnderWay = 0

  constructor(deps: LiveDeps, principal: Principal) {
    this.#deps = deps
    this.principal = principal
  }

  open(socket: Socket): void {
    const { metrics, clock } = this.#deps
    this.#outbox = new Outbox({ transport: socket, metrics, afterTurn: run => clock.after(0, run) })
  }

  message(data: string | Buffer): void {
    const message = this.#decoded(data)
    if (message === undefined) return
    if (!topicsMessage.accepts(message)) {
      const errors = topicsMessage.errors(message)
      const first = errors[0]
      this.#error('invalid', first ? `${first.path}: ${first.message}` : 'Not a message', { errors })
      return
    }
    for (const topic of new Set(message.topics)) {
      if (message.type === 'subscribe') void this.#subscribe(topic)
      else this.#unsubscribe(topic)
    }
  }

  drain(): void {
    this.#outbox?.drained()
  }

  close(): void {
    this.#outbox?.close()
    this.#outbox = null
    for (const name of [...this.#watched.keys()]) this.#unwatch(name)
  }

  deliver(update: LiveUpdate): void {
    const { order } = update.event.source
    if (order !== undefined && !isOwnOrder(order, this.principal)) {
      // Its driver has it no more.
      this.#unwatch(update.topic)
      this.#error('not_found', 'There is no such order', { topic: update.topic })
      return
    }
    this.#outbox?.push(this.#shown(update))
  }

  /** Those who see one order are not told of the others that its driver has. */
  #shown(update: LiveUpdate): LiveUpdate {
    if (update.isGap) return update
    const { role } = this.principal
    const watched = NARROWED.includes(role) ? this.#watched.get(update.topic) : undefined
    if (watched?.kind !== 'order') return update
    if (role === 'driver') return forDriver(update)
    return role === 'link' ? forLink(update, watched.orderId) : forCustomer(update, watched.orderId)
  }

  /** @returns undefined where it was none, and has been answered. */
  #decoded(data: string | Buffer): unknown {
    if (data.length > MESSAGE_BYTES_MAX) {
      this.#error('too_large', `A message may have at most ${MESSAGE_BYTES_MAX} bytes`, {})
      return undefined
    }
    try {
      return jsonCodec.decode(data)
    } catch (error) {
      if (!(error instanceof UnreadableFrame)) throw error
      this.#error('malformed', error.message, {})
      return undefined
    }
  }

  async #subscribe(name: string): Promise<void> {
    const topic = parseTopic(name)
    if (topic === null) return this.#error('invalid', 'There is no such topic', { topic: name })
    if (this.#watched.size >= this.#deps.limits.topicsPerSocketMax && !this.#watched.has(name)) {
      return this.#error('overloaded', `A socket may watch ${this.#deps.limits.topicsPerSocketMax} topics`, {
        topic: name,
      })
    }
    if (this.#snapshotsUnderWay >= this.#deps.limits.snapshotsMax) {
      return this.#error('overloaded', 'Too many snapshots are being read for this socket', { topic: name })
    }
    const refused = this.#refusal(topic)
    if (refused !== null) return this.#error(refused.code, refused.message, { topic: name })
    const seq = this.#watch(name, topic)
    this.#snapshotsUnderWay++
    try {
      await this.#deps.hub.settled()
      const snapshot = await snapshotOf(topic, this.#deps.snapshots, this.principal)
      if (this.#watched.get(name) !== topic) return
      if (snapshot === null) {
        this.#unwatch(name)
        return this.#error('not_found', `There is no such ${topic.kind}`, { topic: name })
      }
      this.#outbox?.answer({ type: 'subscribed', topic: name, seq, snapshot })
      this.#outbox?.release(name)
    } catch (error) {
      if (this.#watched.get(name) === topic) this.#unwatch(name)
      const refusal = refusalOf(error, 'WS /v1/live', this.#deps)
      this.#error(refusal.code, refusal.message, { topic: name })
    } finally {
      this.#snapshotsUnderWay--
    }
  }

  #refusal(topic: Topic): Refusal | null {
    try {
      checkTopic(topic, this.principal)
      return null
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  }

  #unsubscribe(name: string): void {
    this.#unwatch(name)
    this.#outbox?.answer({ type: 'unsubscribed', topic: name })
  }

  /** Watched again, it gets a new snapshot; an answer to the former request that is still under way is dropped. */
  #watch(name: string, topic: Topic): number {
    this.#unwatch(name)
    this.#watched.set(name, topic)
    if (topic.kind === 'cell') this.#deps.cellResolutions.add(topic.resolution)
    this.#outbox?.hold(name)
    return this.#deps.hub.watch(name, this)
  }

  #unwatch(name: string): void {
    const topic = this.#watched.get(name)
    if (topic === undefined) return
    this.#watched.delete(name)
    if (topic.kind === 'cell') this.#deps.cellResolutions.remove(topic.resolution)
    this.#outbox?.forget(name)
    this.#deps.hub.unwatch(name, this)
  }

  #error(code: string, message: string, about: object): void {
    this.#outbox?.answer({ type: 'error', code, message, ...about })
  }
}

/** Of an order with a PIN it is not given the link that shows it. Everybody else shares one text. */
function forDriver(update: LiveUpdate): LiveUpdate {
  const { topic, seq, event } = update
  const { order } = event.source
  if (order === undefined || pinOf(order) === null) return update
  return new LiveUpdate(topic, seq, new LiveEvent(event.type, { ...event.data, tracking_url: null }))
}

function forCustomer(update: LiveUpdate, orderId: string): LiveUpdate {
  const { fix } = update.event.source
  if (fix === undefined) return update
  const data = { ...renderLiveFix(fix), order_id: orderId }
  return new LiveUpdate(update.topic, update.seq, new LiveEvent('location', data))
}

/** Rendered for the one or two who hold the link of an order; everybody else shares one text. */
function forLink({ topic, seq, event }: LiveUpdate, orderId: string): LiveUpdate {
  const { fix, order } = event.source
  if (fix !== undefined) return new LiveUpdate(topic, seq, new LiveEvent('location', renderTrackedFix(fix, orderId)))
  return new LiveUpdate(topic, seq, new LiveEvent(event.type, order === undefined ? {} : renderTrackedOrder(order)))
}
