/** The state of one socket of `/v1/stream`: which frames are committed, and up to where all of them are. */
import type { ServerWebSocket } from 'bun'
import type { Intake, Outcome } from './intake.ts'
import { packFrame, positionOf, rowBody, unpackFrame } from './position.ts'

export type StreamProtocol = 'json' | 'msgpack'

interface Frame {
  readonly seq: number
  isSettled: boolean
}

export class StreamConnection {
  readonly kind = 'stream'
  readonly #lane: number
  readonly #protocol: StreamProtocol
  readonly #intake: Intake
  #open: Frame[] = []

  constructor(lane: number, protocol: StreamProtocol, intake: Intake) {
    this.#lane = lane
    this.#protocol = protocol
    this.#intake = intake
  }

  message(socket: ServerWebSocket<unknown>, data: string | Buffer): void {
    const message = (typeof data === 'string' ? JSON.parse(data) : unpackFrame(data)) as Record<string, unknown>
    const { seq, points } = message
    if (typeof seq !== 'number' || !Array.isArray(points) || !points.every(row => rowBody.Check(row))) {
      this.#say(socket, { type: 'error', seq, code: 'invalid', message: 'The frame is not as it should be' })
      return
    }
    const frame = { seq, isSettled: false }
    this.#open.push(frame)
    const positions = points.map(row => positionOf(row.driver_id, row))
    this.#intake.take(this.#lane, positions, outcome => this.#settled(socket, frame, outcome))
  }

  #settled(socket: ServerWebSocket<unknown>, frame: Frame, outcome: Outcome): void {
    if (outcome === 'overloaded') {
      this.#say(socket, { type: 'error', seq: frame.seq, code: 'overloaded', message: 'Not taken in' })
    }
    frame.isSettled = true
    let settled = 0
    while (this.#open[settled]?.isSettled) settled++
    const last = this.#open[settled - 1]
    if (last === undefined) return
    this.#open = this.#open.slice(settled)
    this.#say(socket, { type: 'ack', seq: last.seq })
  }

  #say(socket: ServerWebSocket<unknown>, message: object): void {
    socket.send(this.#protocol === 'json' ? JSON.stringify(message) : packFrame(message))
  }
}
