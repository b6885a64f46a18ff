/** One socket on one topic: counts what comes, and whether a number is missing that nobody announced. */
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { NoResultError } from '../bench.ts'

export interface TopicReaderParts {
  readonly url: string
  readonly token: string
  readonly topic: string
  /** How old a position is when it arrives; of some messages, since reading each would measure the reader. */
  readonly age: Histogram
}

interface Control {
  readonly type: string
  readonly seq?: number
  readonly from?: number
  readonly to?: number
}

/** One in so many is read whole. */
const READ_EVERY = 20
const SEQ = /"seq":(\d+)/
const RECORDED_AT = /"recorded_at":"([^"]+)"/
const LOCATION = '{"type":"location"'

export class TopicReader {
  received = 0
  /** Numbers that were announced as missing. */
  announced = 0
  /** Numbers that are missing and were not announced. */
  missedSilently = 0
  gaps = 0
  readonly #parts: TopicReaderParts
  #socket: WebSocket | null = null
  #lastSeq = 0

  constructor(parts: TopicReaderParts) {
    this.#parts = parts
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  /** Settles with the snapshot. */
  open(): Promise<void> {
    const { url, token, topic } = this.#parts
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    })
    this.#socket = socket
    socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', topics: [topic] }))
    socket.onclose = () => reject(new NoResultError('a socket of a watcher was closed'))
    socket.onmessage = event => this.#heard(String(event.data), resolve)
    return promise
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  close(): void {
    this.#socket?.close()
  }

  #heard(text: string, onSubscribed: () => void): void {
    if (!text.startsWith(LOCATION)) {
      this.#control(JSON.parse(text) as Control, onSubscribed)
      return
    }
    this.received++
    const seq = Number(SEQ.exec(text)?.[1])
    this.missedSilently += Math.max(0, seq - this.#lastSeq - 1)
    this.#lastSeq = seq
    if (this.received % READ_EVERY !== 0) return
    this.#parts.age.record(nowMs() - Date.parse(RECORDED_AT.exec(text)?.[1] ?? ''))
  }

  #control({ type, seq, from, to }: Control, onSubscribed: () => void): void {
    if (type === 'subscribed') {
      this.#lastSeq = seq ?? 0
      onSubscribed()
    } else if (type === 'gap' && from !== undefined && to !== undefined) {
      this.gaps++
      // What lies before the gap and did not come is missing without a word.
      this.missedSilently += Math.max(0, from - this.#lastSeq - 1)
      this.announced += to - from + 1
      this.#lastSeq = to
    } else if (seq !== undefined) {
      // Of another type, on the same topic: numbered as well.
      this.missedSilently += Math.max(0, seq - this.#lastSeq - 1)
      this.#lastSeq = seq
    }
  }
}
