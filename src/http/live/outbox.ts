/**
 * What one socket is still to be sent. A reader that keeps up gets every message, those of one turn of the event loop in one
 * write: a system call for each would cost both sides several times what the message does. For one that does not keep up,
 * only the latest message of each topic is kept until its socket has room again; it is then told the numbers that it missed
 * (`gap`) and gets that latest message. So memory is bounded by the number of topics, and no hole is silent.
 */
import type { Metrics } from '../metrics/metrics.ts'
import type { LiveUpdate } from './update.ts'

/** The sending half of a socket of Bun: -1 is queued but the reader is behind, 0 is lost. */
export interface Transport {
  send(text: string): number
  /** What is sent meanwhile is written at its end, as far as it fits into the platform's buffer. */
  cork(sendAll: () => void): void
  /** What the reader has left unread, beyond what its system holds for it. */
  getBufferedAmount(): number
}

interface Waiting {
  readonly update: LiveUpdate
  /** The first number that the reader misses; null while it misses none. */
  readonly missedFrom: number | null
}

export interface OutboxParts {
  readonly transport: Transport
  readonly metrics: Metrics
  /** Runs it when this turn of the event loop is over. */
  readonly afterTurn: (run: () => void) => void
}

export class Outbox {
  readonly #transport: Transport
  readonly #metrics: Metrics
  readonly #afterTurn: (run: () => void) => void
  readonly #endTurn = (): void => this.#sendTurn()
  /** Of this turn. Sent before anything else happens here, so that nothing overtakes it; empty while the reader is behind. */
  #turn: LiveUpdate[] = []
  readonly #waiting = new Map<string, Waiting>()
  readonly #held = new Set<string>()
  #isBehind = false

  constructor({ transport, metrics, afterTurn }: OutboxParts) {
    this.#transport = transport
    this.#metrics = metrics
    this.#afterTurn = afterTurn
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Answers to the reader's own messages: sent at once, in order. */
  answer(message: object): void {
    this.#sendTurn()
    this.#send(JSON.stringify(message))
  }

  push(update: LiveUpdate): void {
    if (this.#isBehind || this.#held.has(update.topic)) {
      this.#keep(update)
      return
    }
    if (this.#turn.length === 0) this.#afterTurn(this.#endTurn)
    this.#turn.push(update)
  }

  /** Keeps the messages of a topic back until its snapshot is there. */
  hold(topic: string): void {
    this.#sendTurn()
    this.#held.add(topic)
  }

  release(topic: string): void {
    this.#sendTurn()
    this.#held.delete(topic)
    if (!this.#isBehind) this.#flush(topic)
  }

  forget(topic: string): void {
    this.#sendTurn()
    this.#held.delete(topic)
    this.#waiting.delete(topic)
  }

  /** The socket is gone. */
  close(): void {
    this.#turn = []
  }

  /** The socket has room again. */
  drained(): void {
    this.#isBehind = false
    for (const topic of this.#waiting.keys()) {
      if (this.#isBehind) return
      if (!this.#held.has(topic)) this.#flush(topic)
    }
  }

  #sendTurn(): void {
    const updates = this.#turn
    if (updates.length === 0) return
    this.#turn = []
    this.#transport.cork(() => {
      for (const update of updates) {
        if (this.#isBehind) this.#keep(update)
        else this.#sendUpdate({ update, missedFrom: null })
      }
    })
    // Only the write at the end shows whether there was room for all of it.
    if (this.#transport.getBufferedAmount() > 0) this.#isBehind = true
  }

  #keep(update: LiveUpdate): void {
    const before = this.#waiting.get(update.topic)
    if (before !== undefined) this.#metrics.liveDropped++
    const missedFrom = before === undefined ? null : (before.missedFrom ?? before.update.seq)
    this.#waiting.set(update.topic, { update, missedFrom })
  }

  #flush(topic: string): void {
    const waiting = this.#waiting.get(topic)
    if (waiting === undefined) return
    this.#waiting.delete(topic)
    this.#sendUpdate(waiting)
  }

  #sendUpdate(waiting: Waiting): void {
    const { update, missedFrom } = waiting
    if (missedFrom !== null) {
      this.#metrics.liveGaps++
      this.answer({ type: 'gap', topic: update.topic, from: missedFrom, to: update.seq - 1 })
    }
    if (this.#send(update.text)) this.#metrics.liveSent++
    else this.#waiting.set(update.topic, { update, missedFrom: null })
  }

  /** @returns false where the text was lost. */
  #send(text: string): boolean {
    const result = this.#transport.send(text)
    if (result <= 0) this.#isBehind = true
    return result !== 0
  }
}
