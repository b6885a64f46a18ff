/** Who watches which driver. The platform's own topics send one text to all sockets of a topic. */
import type { Server, ServerWebSocket } from 'bun'
import { type Position, rendered } from './position.ts'

interface Topic {
  watchers: number
  seq: number
}

export class LiveConnection {
  readonly kind = 'live'
  readonly #topics: LiveTopics
  readonly #watched = new Set<string>()

  constructor(topics: LiveTopics) {
    this.#topics = topics
  }

  message(socket: ServerWebSocket<unknown>, data: string | Buffer): void {
    const { type, topics } = JSON.parse(String(data)) as { type?: unknown; topics?: unknown }
    if (type !== 'subscribe' || !Array.isArray(topics)) return
    for (const name of topics) {
      if (typeof name !== 'string' || this.#watched.has(name)) continue
      this.#watched.add(name)
      socket.subscribe(name)
      const seq = this.#topics.join(name)
      socket.send(JSON.stringify({ type: 'subscribed', topic: name, seq, snapshot: null }))
    }
  }

  close(): void {
    for (const name of this.#watched) this.#topics.leave(name)
  }
}

export class LiveTopics {
  readonly #topics = new Map<string, Topic>()

  get isWatched(): boolean {
    return this.#topics.size > 0
  }

  join(name: string): number {
    const topic = this.#topics.get(name) ?? { watchers: 0, seq: 0 }
    topic.watchers++
    this.#topics.set(name, topic)
    return topic.seq
  }

  leave(name: string): void {
    const topic = this.#topics.get(name)
    if (topic && --topic.watchers === 0) this.#topics.delete(name)
  }

  publish(server: Server<unknown>, positions: readonly Position[]): void {
    for (const position of positions) {
      const name = `driver:${position[0]}`
      const topic = this.#topics.get(name)
      if (topic === undefined) continue
      topic.seq++
      // Never compressed: that costs more than it saves on a loopback.
      server.publish(
        name,
        `{"type":"location","topic":"${name}","seq":${topic.seq},"data":${rendered(position)}}`,
        false,
      )
    }
  }
}
