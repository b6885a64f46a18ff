/**
 * Batches of frames as they come in over one thread's connection. What cannot be read (another version, in a rolling
 * upgrade) is counted, reported and left; its sender hears nothing and asks again.
 */
import type { Msg, Subscription } from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import { type BusTraffic, TrafficCounter, type Undelivered } from '../bus-traffic.ts'
import { decodeBatch, type Frame } from '../frames.ts'
import type { NatsLink } from './connect.ts'

const FLUSH_MAX_MS = 300
/** Where a server does not say: what it takes unless told otherwise. */
const PAYLOAD_MAX = 1_048_576

export interface LineParts {
  readonly link: NatsLink
  readonly clock: Clock
  readonly onTrouble: (sentence: string) => void
}

export class Line {
  readonly #parts: LineParts
  readonly #counter = new TrafficCounter()

  constructor(parts: LineParts) {
    this.#parts = parts
  }

  get isUp(): boolean {
    return this.#parts.link.isUp
  }

  publish(subject: string, bytes: Uint8Array, reply?: string): void {
    this.#counter.sent(subject, bytes.length)
    this.#parts.link.connection.publish(subject, bytes, reply === undefined ? undefined : { reply })
  }

  get traffic(): BusTraffic {
    return this.#counter.traffic
  }

  /** Bytes of one message. */
  get payloadMax(): number {
    return this.#parts.link.connection.info?.max_payload ?? PAYLOAD_MAX
  }

  undelivered(why: Undelivered, frames: number): void {
    this.#counter.undelivered(why, frames)
  }

  listen(subject: string, onFrames: (frames: readonly Frame[], message: Msg) => void): Subscription {
    return this.#parts.link.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#parts.onTrouble(`bus: ${subject}: ${error.message}`)
        else this.#read(message, onFrames)
      },
    })
  }

  /** What was said meanwhile by others was not heard here. */
  onReconnect(run: () => void): void {
    this.#parts.link.listen(event => {
      if (event.kind === 'reconnected') run()
    })
  }

  /** Without reading what is in it. */
  hear(subject: string, onSubject: (subject: string) => void): Subscription {
    return this.#parts.link.connection.subscribe(subject, {
      callback: (_, message) => {
        this.#counter.received(message.subject, message.data.length)
        onSubject(message.subject)
      },
    })
  }

  /** What was said so far has reached the server, or it is away. */
  async settled(): Promise<void> {
    if (this.isUp) await this.#inTime(this.#parts.link.connection.flush())
  }

  /**
   * Listens no more. What the server had sent us before it knew is still taken: forgotten at once, it would be read by nobody, and
   * its sender would not be told so.
   * @returns once all of that is here, or the server is away.
   */
  async leave(subscription: Subscription): Promise<void> {
    if (this.isUp) await this.#inTime(subscription.drain())
    else subscription.unsubscribe()
  }

  close(): Promise<void> {
    return this.#parts.link.drain()
  }

  /** What fails where the server goes away meanwhile: then there is nothing to wait for. */
  async #inTime(answered: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = this.#parts.clock.after(FLUSH_MAX_MS, () => late.resolve())
    await Promise.race([answered.catch(() => undefined), late.promise])
    cancel()
  }

  #read(message: Msg, onFrames: (frames: readonly Frame[], message: Msg) => void): void {
    this.#counter.received(message.subject, message.data.length)
    // Also of who takes them: what is thrown into the client ends its reading, and nothing is heard any more on this connection.
    try {
      onFrames(decodeBatch(message.data), message)
    } catch (error) {
      this.undelivered('unreadable', 1)
      this.#parts.onTrouble(`bus: ${message.subject}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
