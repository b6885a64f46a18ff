/**
 * The gateway's end of one worker: what waits to go to its thread, and what it was asked. The slot stays when the thread
 * dies and another takes its place; what had been collected for the dead one goes with it.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../actors/runtime/ports.ts'
import type { OrderId } from '../domain/ids.ts'
import { unwatchFrame, watchFrame } from './control-frames.ts'
import type { Frame } from './frames.ts'
import { Outgoing } from './outgoing.ts'
import type { Parcel } from './worker-bus.ts'

const ANSWER_MAX_MS = 1_000
/** No ask has this number. */
const NOBODY_WAITS = 0

export class WorkerSlot {
  readonly index: number
  readonly #clock: Clock
  /** Orders that somebody watches at this gateway, of the shards that would be this worker's. */
  readonly #watched = new Set<OrderId>()
  readonly #answers = new Map<number, (answer: unknown) => void>()
  #port: MessagePort | null = null
  #outgoing = new Outgoing()
  #asks = 0

  constructor(index: number, clock: Clock) {
    this.index = index
    this.#clock = clock
  }

  get isUp(): boolean {
    return this.#port !== null
  }

  /** What the next `flush` sends. */
  get outgoing(): Outgoing {
    return this.#outgoing
  }

  connect(port: MessagePort): void {
    this.#port = port
    this.#outgoing = new Outgoing()
  }

  /** @returns whether nothing was lost that had been collected. */
  disconnect(): boolean {
    const wasEmpty = this.#outgoing.isEmpty
    this.#port?.close()
    this.#port = null
    this.#outgoing = new Outgoing()
    return wasEmpty
  }

  flush(): void {
    if (this.#outgoing.isEmpty || !this.#port) return
    for (const bytes of this.#outgoing.take()) this.#port.postMessage(bytes, [bytes.buffer])
  }

  /** What another worker of this node sends to this one. @returns false where it is down: dropped. */
  forward({ bytes }: Parcel): boolean {
    this.#port?.postMessage(bytes, [bytes.buffer])
    return this.#port !== null
  }

  /** @returns null where the worker is down, or does not answer in time. */
  ask(question: (askId: number) => Frame): Promise<unknown> {
    if (!this.#port) return Promise.resolve(null)
    const askId = ++this.#asks
    return new Promise(resolve => {
      const settle = (answer: unknown) => {
        this.#answers.delete(askId)
        cancel()
        resolve(answer)
      }
      const cancel = this.#clock.after(ANSWER_MAX_MS, () => settle(null))
      this.#answers.set(askId, settle)
      this.#outgoing.put(question(askId))
      this.flush()
    })
  }

  /** One that came too late is nobody's any more. */
  answered(askId: number, answer: unknown): void {
    this.#answers.get(askId)?.(answer)
  }

  /**
   * @returns once the worker knows: what it commits from then on is told, and what it committed before is in the record. A
   *   thread that has died knows nothing, but the next one is told before it serves anything.
   */
  async watch(orderId: OrderId): Promise<void> {
    this.#watched.add(orderId)
    const port = this.#port
    while (port !== null && this.#port === port && this.#watched.has(orderId)) {
      if ((await this.ask(askId => watchFrame(askId, [orderId]))) !== null) return
    }
  }

  unwatch(orderId: OrderId): void {
    if (!this.#watched.delete(orderId)) return
    this.#outgoing.put(unwatchFrame(orderId))
    this.flush()
  }

  /** For a thread that has just taken this place. */
  putWatched(): void {
    if (this.#watched.size > 0) this.#outgoing.put(watchFrame(NOBODY_WAITS, [...this.#watched]))
  }
}
