/**
 * Reads over keep-alive connections, each at its own time, one at a time on each; those for which there is no idle connection
 * wait for one, and what they wait is part of their latency. In the way of a request nothing is made that must be collected.
 */
import type { Socket } from 'bun'
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { connectTo } from '../keep-alive.ts'
import { answerLength, statusIn } from './answer-bytes.ts'
import type { ReadReport } from './plan.ts'
import type { Requests } from './requests.ts'

interface Connection {
  socket: Socket<Connection> | null
  /** When what is under way was due; 0 where nothing is. */
  dueAtMs: number
  /** The request under way and how much of it the socket has taken. */
  request: number
  taken: number
  /** Of an answer that came in pieces. */
  held: Buffer | null
}

const OK = 200

export class Asker {
  readonly #address: URL
  readonly #requests: Requests
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #latency = new Histogram()
  readonly #lateness = new Histogram()
  /** Due times of those that wait for a connection, in a ring. */
  readonly #waiting: Float64Array
  #firstWaiting = 0
  #waitingCount = 0
  #next = 0
  #underWay = 0
  #sent = 0
  #answered = 0
  #failed = 0
  #unanswered = 0
  #lastDueAtMs = 0
  #measuredFromMs = 0
  #closed = false

  /** @param waitingMax  a node that is further behind than that has been overloaded. */
  constructor(url: string, requests: Requests, waitingMax: number) {
    this.#address = new URL(url)
    this.#requests = requests
    this.#waiting = new Float64Array(waitingMax)
  }

  async open(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#connect()))
  }

  /** What is due before is not measured. */
  measureFrom(ms: number): void {
    this.#measuredFromMs = ms
  }

  get isAwaiting(): boolean {
    return this.#underWay > 0
  }

  /** When the last one that was sent was due; null where none is under way. */
  get awaitingSinceMs(): number | null {
    return this.isAwaiting ? this.#lastDueAtMs : null
  }

  ask(dueAtMs: number, atMs: number): void {
    if (dueAtMs >= this.#measuredFromMs) {
      this.#sent++
      this.#lateness.record(atMs - dueAtMs)
    }
    const connection = this.#idle.pop()
    if (connection !== undefined) this.#send(connection, dueAtMs)
    else if (this.#waitingCount < this.#waiting.length) {
      this.#waiting[(this.#firstWaiting + this.#waitingCount++) % this.#waiting.length] = dueAtMs
    } else this.#fail(dueAtMs)
  }

  get report(): ReadReport {
    const latency = this.#latency
    const lateness = this.#lateness
    return {
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#failed,
      unanswered: this.#unanswered,
      p50Ms: latency.quantile(0.5),
      p99Ms: latency.quantile(0.99),
      p999Ms: latency.quantile(0.999),
      maxMs: latency.maxMs,
      lateP50Ms: lateness.quantile(0.5),
      lateP99Ms: lateness.quantile(0.99),
      lateMaxMs: lateness.maxMs,
    }
  }

  close(atMs: number): void {
    this.#closed = true
    for (const { dueAtMs } of this.#connections) this.#giveUp(dueAtMs, atMs)
    while (this.#waitingCount > 0) this.#giveUp(this.#takeWaiting(), atMs)
  }

  #giveUp(dueAtMs: number, atMs: number): void {
    if (dueAtMs === 0 || dueAtMs < this.#measuredFromMs) return
    this.#unanswered++
    this.#latency.record(atMs - dueAtMs)
  }

  async #connect(): Promise<void> {
    const connection: Connection = { socket: null, dueAtMs: 0, request: 0, taken: 0, held: null }
    await connectTo(this.#address, connection, {
      opened: () => {
        this.#connections.add(connection)
        this.#idleAgain(connection)
      },
      received: (_, bytes) => this.#received(connection, bytes),
      drained: () => this.#write(connection),
      closed: () => this.#broken(connection),
    })
  }

  #send(connection: Connection, dueAtMs: number): void {
    this.#lastDueAtMs = dueAtMs
    connection.dueAtMs = dueAtMs
    connection.request = this.#next
    connection.taken = 0
    this.#next = (this.#next + 1) % this.#requests.count
    this.#underWay++
    this.#write(connection)
  }

  /** What the socket does not take now it asks for when it is drained. */
  #write(connection: Connection): void {
    const { request, taken } = connection
    const { bytes } = this.#requests
    const left = this.#requests.lengthOf(request) - taken
    if (connection.dueAtMs === 0 || left === 0) return
    const written = connection.socket?.write(bytes, this.#requests.startOf(request) + taken, left) ?? 0
    connection.taken += Math.max(0, written)
  }

  #received(connection: Connection, bytes: Buffer): void {
    // Nobody's: the books are closed, or nothing was asked.
    if (this.#closed || connection.dueAtMs === 0) return
    const all = connection.held === null ? bytes : Buffer.concat([connection.held, bytes])
    const length = answerLength(all)
    if (length === 0 || all.length < length) {
      // Ours from here on: the platform may use its own again.
      connection.held = Buffer.from(all)
      return
    }
    connection.held = null
    const { dueAtMs } = connection
    this.#ended(connection)
    if (statusIn(all) !== OK) this.#fail(dueAtMs)
    else if (dueAtMs >= this.#measuredFromMs) {
      this.#answered++
      this.#latency.record(nowMs() - dueAtMs)
    }
    this.#idleAgain(connection)
  }

  #ended(connection: Connection): void {
    connection.dueAtMs = 0
    this.#underWay--
  }

  #fail(dueAtMs: number): void {
    if (dueAtMs >= this.#measuredFromMs) this.#failed++
  }

  #idleAgain(connection: Connection): void {
    if (this.#waitingCount === 0) {
      this.#idle.push(connection)
      return
    }
    this.#send(connection, this.#takeWaiting())
  }

  #takeWaiting(): number {
    const dueAtMs = this.#waiting[this.#firstWaiting] as number
    this.#firstWaiting = (this.#firstWaiting + 1) % this.#waiting.length
    this.#waitingCount--
    return dueAtMs
  }

  #broken(connection: Connection): void {
    if (this.#closed) return
    const { dueAtMs } = connection
    this.#connections.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    if (dueAtMs > 0) {
      this.#ended(connection)
      this.#fail(dueAtMs)
    }
    // If the node is gone what is due waits until the end, and is reported as unanswered.
    this.#connect().catch(() => undefined)
  }
}
