import type { Agenda, Appointment } from './agenda.ts'
import { nowMs } from './clock.ts'
import { objectAt, objectOf, textAt } from './json.ts'
import type { Tally } from './tally.ts'
import { decodeFrame, WireError } from './wire.ts'

/**
 * Those who watch a vehicle on a map, each on a socket of its own, and measure how old a position is when they see it:
 * a fix carries the time at which it was due, so its age at arrival is the whole way, tick to screen.
 */
export interface WatchersOptions {
  readonly url: string
  readonly token: string | null
  readonly watchersMax: number
  readonly agenda: Agenda
  readonly tally: Tally
}

type View = 'topic' | 'order_socket'

const REOPEN_MS = 1_000

export class Watchers {
  private readonly watching = new Map<string, Watch>()
  private readonly options: WatchersOptions
  private started = 0

  constructor(options: WatchersOptions) {
    this.options = options
  }

  /** By turns over the live topics and over the socket of one order, for both are promised. */
  followOrder(orderId: string): void {
    const view: View = this.started % 2 === 0 ? 'topic' : 'order_socket'
    if (view === 'topic') this.follow(orderId, '/v1/live', `order:${orderId}`)
    else this.follow(orderId, `/v1/orders/${orderId}/driver-location`, null)
  }

  followDriver(driverId: string): void {
    this.follow(driverId, '/v1/live', `driver:${driverId}`)
  }

  leave(id: string): void {
    this.watching.get(id)?.close()
    this.watching.delete(id)
  }

  close(): void {
    for (const watch of this.watching.values()) watch.close()
    this.watching.clear()
  }

  private follow(id: string, path: string, topic: string | null): void {
    if (this.watching.size >= this.options.watchersMax || this.watching.has(id)) return
    this.started++
    this.watching.set(id, new Watch(this.options, path, topic))
  }
}

class Watch {
  private readonly options: WatchersOptions
  private readonly path: string
  private readonly topic: string | null
  private socket: WebSocket | null = null
  private retry: Appointment | null = null
  private closed = false

  constructor(options: WatchersOptions, path: string, topic: string | null) {
    this.options = options
    this.path = path
    this.topic = topic
    this.open()
  }

  close(): void {
    this.closed = true
    this.retry?.cancel()
    this.socket?.close()
  }

  private open(): void {
    const { url, token } = this.options
    const socket = new WebSocket(url.replace(/^http/, 'ws') + this.path, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    })
    this.socket = socket
    socket.onopen = () => {
      if (this.topic !== null) socket.send(JSON.stringify({ type: 'subscribe', topics: [this.topic] }))
    }
    socket.onmessage = event => this.seen(event.data)
    socket.onclose = () => {
      if (this.closed) return
      this.retry = this.options.agenda.at(nowMs() + REOPEN_MS, () => this.open())
    }
  }

  private seen(data: unknown): void {
    const { tally } = this.options
    const dueAtMs = fixDueAtMs(data)
    if (dueAtMs === null || dueAtMs < tally.watchedFromMs) return
    tally.fixesWatched++
    tally.watch.record(nowMs() - dueAtMs)
  }
}

/** @returns null where the frame is no position: snapshots are old by nature and not counted. */
function fixDueAtMs(data: unknown): number | null {
  const message = objectOf(readFrame(data))
  const type = textAt(message, 'type')
  if (type !== 'location' && type !== 'location_update') return null
  const fix = objectAt(message, 'data')
  const dueAtMs = Date.parse(textAt(fix, 'recorded_at') ?? textAt(fix, 'timestamp') ?? '')
  return Number.isNaN(dueAtMs) ? null : dueAtMs
}

function readFrame(data: unknown): unknown {
  try {
    return decodeFrame(data)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return null
  }
}
