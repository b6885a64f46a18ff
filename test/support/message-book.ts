/**
 * Holds what goes over sockets and subjects to the AsyncAPI document: each message is one that the document names for its channel
 * and its way, and has the shape that is given there. What was seen is kept, so that a test can ask what was not.
 */
import type { AsyncApi } from '../../src/contract/documents.ts'
import { isFields, violations } from '../../src/contract/schema.ts'

/** As the document's keys have it: what a node sends, and what it takes. */
export type Way = 'sent' | 'received'

export class MessageBook {
  /** As `live.sent.gap`. */
  readonly seen = new Set<string>()
  readonly broken: string[] = []
  readonly #document: AsyncApi

  constructor(document: AsyncApi) {
    this.#document = document
  }

  get channels(): string[] {
    return Object.keys(this.#document.channels)
  }

  note(channel: string, way: Way, message: unknown): void {
    const key = `${channel}.${way}.${this.#nameOf(channel, message)}`
    const named = this.#document.channels[channel]?.messages[key] !== undefined
    const documented = this.#document.components.messages[key]
    if (!named || documented === undefined) {
      this.broken.push(`${key} is not named: ${JSON.stringify(message).slice(0, 200)}`)
      return
    }
    this.seen.add(key)
    const wrong = violations(documented.payload, message, this.#document.components.schemas)
    for (const what of wrong) this.broken.push(`${key}: ${what}: ${JSON.stringify(message).slice(0, 200)}`)
  }

  /** Messages of these channels that never came or went. */
  unseen(channels: readonly string[]): string[] {
    const named = channels.flatMap(channel => Object.keys(this.#document.channels[channel]?.messages ?? {}))
    return named.filter(key => !this.seen.has(key))
  }

  /** A channel of one kind of message needs no `type` in it. */
  #nameOf(channel: string, message: unknown): string {
    if (isFields(message) && typeof message.type === 'string') return message.type
    const [only, ...others] = Object.keys(this.#document.channels[channel]?.messages ?? {})
    return only !== undefined && others.length === 0 ? (only.split('.').at(-1) ?? '') : 'of no type'
  }
}
