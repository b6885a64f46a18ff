import type { Envelope } from './envelope.ts'

/** Commands that wait for one actor; more are answered `busy`. A thousand drivers may accept one broadcast at once. */
export const COMMANDS_MAX = 4_096

/**
 * What waits for one actor: commands and vital messages in order of arrival, and the latest live one. Only commands
 * are bounded by refusal; live ones are bounded by replacement, vital ones by how many timers and peers an actor has.
 */
export class Mailbox {
  #queue: Envelope[] | null = null
  #head = 0
  #commands = 0
  #live: Envelope | null = null

  /** @returns false where the mailbox is full and the envelope was not taken. */
  put(envelope: Envelope): boolean {
    if (envelope.class === 'live') {
      this.#live = envelope
      return true
    }
    if (envelope.class === 'command') {
      if (this.#commands >= COMMANDS_MAX) return false
      this.#commands++
    }
    this.#queue ??= []
    this.#queue.push(envelope)
    return true
  }

  /** Back to the front: its turn was undone and is taken again. Never refused. */
  putBack(envelope: Envelope): void {
    if (envelope.class === 'live') {
      this.#live ??= envelope
      return
    }
    if (envelope.class === 'command') this.#commands++
    const rest = this.#queue?.slice(this.#head) ?? []
    this.#queue = [envelope, ...rest]
    this.#head = 0
  }

  next(): Envelope | null {
    const queue = this.#queue
    if (queue !== null) {
      const envelope = queue[this.#head++]
      if (envelope) {
        if (envelope.class === 'command') this.#commands--
        if (this.#head === queue.length) {
          this.#queue = null
          this.#head = 0
        }
        return envelope
      }
    }
    const live = this.#live
    this.#live = null
    return live
  }

  /** Takes out whatever somebody waits for an answer to: they are refused at once rather than kept waiting. */
  takeAsked(): Envelope[] {
    const waiting = this.#queue?.slice(this.#head) ?? []
    const asked = waiting.filter(e => e.message.replyTo)
    if (asked.length === 0) return asked
    const rest = waiting.filter(e => !e.message.replyTo)
    this.#queue = rest.length > 0 ? rest : null
    this.#head = 0
    this.#commands = rest.filter(e => e.class === 'command').length
    return asked
  }

  /** No more waits than the latest live message, if that. */
  get hasNoQueue(): boolean {
    return this.#queue === null
  }

  /** Of what waits in the queue. */
  count(kind: string): number {
    return this.#queue?.slice(this.#head).filter(e => e.message.kind === kind).length ?? 0
  }

  get size(): number {
    return (this.#queue === null ? 0 : this.#queue.length - this.#head) + (this.#live === null ? 0 : 1)
  }

  get isEmpty(): boolean {
    return this.#queue === null && this.#live === null
  }
}
