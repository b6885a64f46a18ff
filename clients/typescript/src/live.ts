/**
 * `/v1/live`: topics, each beginning with how things stand. Numbers rise by one per topic. Where one is missing, because the node says so
 * (`gap`) or because it does not fit, the topic is asked for anew, so that what is shown is right again from the next snapshot on;
 * the same after a break.
 */
import type { Waggle } from './client.ts'
import { Line, type Message, socketAddress } from './line.ts'

export type LiveEvent =
  | { readonly kind: 'snapshot'; readonly topic: string; readonly seq: number; readonly snapshot: unknown }
  | {
      readonly kind: 'update'
      readonly topic: string
      readonly seq: number
      readonly type: string
      readonly data: unknown
    }
  /** What came between is lost; a snapshot follows. */
  | { readonly kind: 'gap'; readonly topic: string; readonly from: number; readonly to: number }
  /** The topic is no longer followed. */
  | { readonly kind: 'refused'; readonly topic: string; readonly code: string; readonly message: string }

type Handler = (event: LiveEvent) => void

interface Watched {
  readonly handler: Handler
  /** Of the newest message; null until the snapshot. */
  seq: number | null
}

export class WaggleLive {
  readonly #line: Line
  readonly #watched = new Map<string, Watched>()

  constructor(waggle: Waggle) {
    const address = () => socketAddress(waggle.url, '/v1/live', waggle.token())
    this.#line = new Line(
      { address },
      {
        opened: () => this.#subscribe([...this.#watched.keys()]),
        heard: message => this.#hear(message),
        broken: () => this.#forgetNumbers(),
      },
    )
  }

  /** @returns what ends it. */
  watch(topic: string, handler: Handler): () => void {
    this.#watched.set(topic, { handler, seq: null })
    this.#subscribe([topic])
    return () => {
      if (this.#watched.get(topic)?.handler !== handler) return
      this.#watched.delete(topic)
      this.#line.send({ type: 'unsubscribe', topics: [topic] })
    }
  }

  close(): void {
    this.#watched.clear()
    this.#line.close()
  }

  /** Without a connection nothing: it is done when there is one. */
  #subscribe(topics: readonly string[]): void {
    for (let at = 0; at < topics.length; at += TOPICS_PER_MESSAGE) {
      this.#line.send({ type: 'subscribe', topics: topics.slice(at, at + TOPICS_PER_MESSAGE) })
    }
  }

  #forgetNumbers(): void {
    for (const watched of this.#watched.values()) watched.seq = null
  }

  #hear(message: Message): void {
    const topic = String(message.topic)
    const watched = this.#watched.get(topic)
    if (watched === undefined) return
    const seq = Number(message.seq)
    switch (message.type) {
      case 'subscribed':
        watched.seq = seq
        watched.handler({ kind: 'snapshot', topic, seq, snapshot: message.snapshot })
        break
      case 'gap':
        this.#missed(topic, watched, { from: Number(message.from), to: Number(message.to) })
        break
      case 'error':
        this.#watched.delete(topic)
        watched.handler({ kind: 'refused', topic, code: String(message.code), message: String(message.message) })
        break
      case 'unsubscribed':
        break
      default:
        this.#update(topic, watched, message)
    }
  }

  #update(topic: string, watched: Watched, message: Message): void {
    const seq = Number(message.seq)
    // Until the snapshot comes: what is in it already.
    if (watched.seq === null || seq <= watched.seq) return
    if (seq > watched.seq + 1) {
      this.#missed(topic, watched, { from: watched.seq + 1, to: seq - 1 })
      return
    }
    watched.seq = seq
    watched.handler({ kind: 'update', topic, seq, type: message.type, data: message.data })
  }

  #missed(topic: string, watched: Watched, { from, to }: { readonly from: number; readonly to: number }): void {
    if (watched.seq === null) return
    watched.seq = null
    watched.handler({ kind: 'gap', topic, from, to })
    this.#subscribe([topic])
  }
}

const TOPICS_PER_MESSAGE = 100
