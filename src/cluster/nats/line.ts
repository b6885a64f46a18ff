/**
 * Batches of frames as they come in over one thread's connection. What cannot be read (another version, in a rolling
 * upgrade) is reported and left; its sender hears nothing and asks again.
 */
import type { Msg, Subscription } from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import { type BusTraffic, TrafficCounter } from '../bus-traffic.ts'
import { decodeBatch, type Frame } from '../frames.ts'
import type { NatsLink } from './connect.ts'

const FLUSH_MAX_MS = 300

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
    if (!this.isUp) return
    const late = Promise.withResolvers<void>()
    const cancel = this.#parts.clock.after(FLUSH_MAX_MS, () => late.resolve())
    // Fails where the server goes away meanwhile: then there is nothing to wait for.
    await Promise.race([this.#parts.link.connection.flush().catch(() => undefined), late.promise])
    cancel()
  }

  close(): Promise<void> {
    return this.#parts.link.drain()
  }

  #read(message: Msg, onFrames: (frames: readonly Frame[], message: Msg) => void): void {
    this.#counter.received(message.subject, message.data.length)
    // Also of who takes them: what is thrown into the client ends its reading, and nothing is heard any more on this connection.
    try {
      onFrames(decodeBatch(message.data), message)
    } catch (error) {
      this.#parts.onTrouble(`bus: ${message.subject}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
