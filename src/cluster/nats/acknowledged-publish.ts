/**
 * Publishes a batch to a stream and waits for all of its acknowledgements at once: one reply subject, one deadline. The client's
 * own way makes a request of each message, with a timer each, which costs twice the time.
 */
import { createInbox, headers, type Msg, type Subscription } from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { NatsLink } from './connect.ts'

export interface StreamMessage {
  readonly subject: string
  readonly id: string
  readonly body: string
  readonly contentType: string
}

/** `stored`, or one that the stream had already · `refused`: the server said why · `lost`: no stream, or no answer. */
export type Acknowledgement =
  | { readonly kind: 'stored' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'lost' }

interface Batch {
  readonly acknowledgements: Acknowledgement[]
  left: number
  readonly done: () => void
}

const STORED: Acknowledgement = { kind: 'stored' }
const LOST: Acknowledgement = { kind: 'lost' }
const MESSAGE_ID = 'Nats-Msg-Id'

export class AcknowledgedPublish {
  readonly #link: NatsLink
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #inbox = createInbox()
  readonly #waiting = new Map<number, { readonly batch: Batch; readonly index: number }>()
  readonly #subscription: Subscription
  #tokens = 0

  constructor(link: NatsLink, clock: Clock, timeoutMs: number) {
    this.#link = link
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#subscription = link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#onReply(message)
      },
    })
  }

  /** @returns per message what became of it, in the order given, which is also that of the stream. */
  async publish(messages: readonly StreamMessage[]): Promise<Acknowledgement[]> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const batch: Batch = { acknowledgements: messages.map(() => LOST), left: messages.length, done: resolve }
    if (messages.length === 0 || this.#subscription.isClosed()) return batch.acknowledgements
    const first = this.#tokens
    // Within one turn of the event loop: a connection that breaks takes a tail of them, and nothing in between.
    messages.forEach((message, index) => {
      const token = this.#tokens++
      this.#waiting.set(token, { batch, index })
      this.#send(message, token)
    })
    const cancel = this.#clock.after(this.#timeoutMs, resolve)
    await promise
    cancel()
    for (let token = first; token < first + messages.length; token++) this.#waiting.delete(token)
    return batch.acknowledgements
  }

  #send({ subject, id, body, contentType }: StreamMessage, token: number): void {
    const told = headers()
    told.set(MESSAGE_ID, id)
    told.set('content-type', contentType)
    this.#link.connection.publish(subject, body, { headers: told, reply: `${this.#inbox}.${token}` })
  }

  #onReply(message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length + 1))
    const waiting = this.#waiting.get(token)
    // Late: its batch was given up.
    if (waiting === undefined) return
    this.#waiting.delete(token)
    const { batch, index } = waiting
    batch.acknowledgements[index] = acknowledgementOf(message)
    batch.left--
    if (batch.left === 0) batch.done()
  }
}

interface Reply {
  readonly stream?: string
  readonly error?: { readonly code: number; readonly description?: string }
}

/** Without a stream behind the subject the server answers itself, with a status and nothing else. */
function acknowledgementOf(message: Msg): Acknowledgement {
  if (message.data.length === 0) return LOST
  const { stream, error } = message.json<Reply>()
  if (error !== undefined) return { kind: 'refused', reason: error.description ?? `error ${error.code}` }
  return stream === undefined ? LOST : STORED
}
