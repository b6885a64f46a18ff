import type { LatLng } from '../domain/geo.ts'
import type { Heading } from './journey.ts'
import type { RecordedFix } from './replay.ts'
import type { Point, StreamConnection } from './stream-connection.ts'
import type { Tally } from './tally.ts'

/**
 * Positions by schedule, never by what the node has answered (open loop): a fix has a time at which it is due, and
 * latency is counted from there. A node or a generator that falls behind shows as latency, not as a lower rate.
 */
export interface PositionFeed {
  /** Sends whatever is due. */
  tick(nowMs: number): void
  /** No further fix will come. */
  readonly isOver: boolean
}

/** Whoever reports where it is. */
export interface Reporter {
  readonly driverId: string
  readonly connection: StreamConnection
  /** On a socket of its own a driver need not say who it is. */
  readonly socket: 'own' | 'shared'
  at(nowMs: number): Heading
}

/** Fixes fall due in steps of this: one frame per connection and step. */
export const STEP_MS = 20
/** The node takes no more in one frame. */
const POINTS_MAX = 1_000
const MICRODEGREES = 1e6

export interface SteadyFeedOptions {
  readonly reporters: readonly Reporter[]
  readonly ratePerS: number
  /** A multiple of the step. */
  readonly startMs: number
  readonly tally: Tally
}

/** All vehicles in turn, so many fixes a second together. */
export class SteadyFeed implements PositionFeed {
  readonly isOver = true
  private steps = 0
  private sent = 0
  private next = 0
  private readonly options: SteadyFeedOptions

  constructor(options: SteadyFeedOptions) {
    this.options = options
  }

  tick(nowMs: number): void {
    const { startMs } = this.options
    for (; startMs + this.steps * STEP_MS <= nowMs; this.steps++) this.step(startMs + this.steps * STEP_MS)
  }

  private step(dueAtMs: number): void {
    const { reporters, ratePerS, tally } = this.options
    const due = Math.floor((this.steps * STEP_MS * ratePerS) / 1_000) - this.sent
    const recordedAt = toTime(dueAtMs)
    const frames = new Frames(dueAtMs)
    for (let i = 0; i < due; i++) {
      const reporter = reporters[this.next++ % reporters.length]
      if (reporter === undefined) return
      const driverId = reporter.socket === 'own' ? null : reporter.driverId
      frames.add(reporter.connection, pointOf(driverId, reporter.at(dueAtMs), recordedAt))
    }
    this.sent += due
    tally.positionsSent += due
    frames.send()
  }
}

export interface TraceFeedOptions {
  /** Sorted by time. */
  readonly fixes: readonly RecordedFix[]
  readonly fromTs: number
  readonly speedup: number
  readonly startMs: number
  /** A vehicle always takes the same one, or its fixes could overtake each other. */
  readonly connections: readonly StreamConnection[]
  readonly tally: Tally
}

/** Recorded vehicles, each fix at its own time. */
export class TraceFeed implements PositionFeed {
  private next = 0
  private readonly options: TraceFeedOptions
  private readonly vehicles = new Map<string, StreamConnection>()

  constructor(options: TraceFeedOptions) {
    this.options = options
  }

  get isOver(): boolean {
    return this.next >= this.options.fixes.length
  }

  tick(nowMs: number): void {
    const { fixes, tally } = this.options
    const frames = new Frames(nowMs)
    for (let fix = fixes[this.next]; fix !== undefined && this.dueAtMs(fix) <= nowMs; fix = fixes[++this.next]) {
      const dueAtMs = this.dueAtMs(fix)
      const connection = this.connectionOf(fix.vehicleId)
      if (connection === null) continue
      // A trace says nothing of headings, and neither do we.
      frames.add(connection, pointOf(fix.vehicleId, { place: fix.place, headingDeg: null }, toTime(dueAtMs)))
      tally.positionsSent++
    }
    frames.send()
  }

  private dueAtMs(fix: RecordedFix): number {
    const { startMs, fromTs, speedup } = this.options
    return startMs + ((fix.ts - fromTs) / speedup) * 1_000
  }

  private connectionOf(vehicleId: string): StreamConnection | null {
    const known = this.vehicles.get(vehicleId)
    if (known !== undefined) return known
    const connection = this.options.connections[this.vehicles.size % this.options.connections.length]
    if (connection === undefined) return null
    this.vehicles.set(vehicleId, connection)
    return connection
  }
}

/** The fixes of one step, by connection. */
class Frames {
  private readonly points = new Map<StreamConnection, Point[]>()
  private readonly dueAtMs: number

  constructor(dueAtMs: number) {
    this.dueAtMs = dueAtMs
  }

  add(connection: StreamConnection, point: Point): void {
    const points = this.points.get(connection)
    if (points === undefined) this.points.set(connection, [point])
    else points.push(point)
  }

  send(): void {
    for (const [connection, points] of this.points) {
      for (let from = 0; from < points.length; from += POINTS_MAX) {
        connection.sendPoints(points.slice(from, from + POINTS_MAX), this.dueAtMs)
      }
    }
  }
}

interface Fix {
  readonly place: LatLng
  readonly headingDeg: number | null
}

function pointOf(driverId: string | null, { place, headingDeg }: Fix, recordedAt: string): Point {
  return {
    ...(driverId === null ? {} : { driver_id: driverId }),
    latitude: Math.round(place.latitude * MICRODEGREES) / MICRODEGREES,
    longitude: Math.round(place.longitude * MICRODEGREES) / MICRODEGREES,
    ...(headingDeg === null ? {} : { heading: Math.round(headingDeg) % 360 }),
    recorded_at: recordedAt,
  }
}

function toTime(ms: number): string {
  return new Date(ms).toISOString()
}
