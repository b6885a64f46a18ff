/**
 * The positions of one stream. Frames are read and handed to the gateway in the order in which they come, within the
 * message handler itself: nothing is awaited before, so two frames can never overtake one another. What they settle as
 * comes back in any order; the {@link AckWindow} turns that into one cumulative number, sent at most once per turn of the
 * event loop.
 *
 * Who sends more than the node stores is not read on from until less of it is under way. A driver's own connection is: answers to
 * offers come along it. A node that refuses says so of a frame before it reads its points.
 *
 * A frame with bad rows is answered with an `error` that names them; its good rows go in, and the frame is settled once
 * they are committed.
 */
import type { FixResult, Gateway } from '../../actors/gateway.ts'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { DriverFix } from '../../domain/fix.ts'
import type { DriverId } from '../../domain/ids.ts'
import { type Mode, modeOfDriver } from '../../domain/mode.ts'
import { type ErrorDeps, refusalOf } from '../errors.ts'
import type { HttpLimits } from '../limits.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { settledAs } from '../positions.ts'
import type { FieldError, ProblemCode } from '../problem.ts'
import { frameSeq } from '../schemas/frame.ts'
import { AckWindow } from './ack-window.ts'
import type { PointsFrame, PointsHead } from './msgpack-points.ts'
import { type Fields, pointsIn, type ReadRows, readLocation, readLocations } from './stream-frames.ts'

export type StreamErrorCode = ProblemCode | 'out_of_order'

/** The connection's side that speaks. */
export interface StreamVoice {
  send(message: object): void
  error(code: StreamErrorCode, what: string | readonly FieldError[], seq?: number): void
  /** Nothing more is read from the connection until `readOn`. */
  hold(): void
  readOn(): void
}

export interface PositionDeps extends ErrorDeps {
  readonly gateway: Pick<Gateway, 'ingest' | 'isRefusing' | 'holds'>
  readonly clock: Clock
  readonly metrics: Metrics
  readonly limits: HttpLimits
}

/** Of the drivers that one error is about. */
const NAMED_MAX = 20
/** After a refusal: whether a node takes positions again shows several times a second. */
const REFUSED_HELD_MS = 200

export class StreamPositions {
  readonly #deps: PositionDeps
  readonly #voice: StreamVoice
  readonly #driverId: DriverId | null
  readonly #mode: Mode
  readonly #window: AckWindow
  readonly #flush = (): void => this.#sendAck()
  #isAckDue = false
  #ackSent = 0
  #isReaderBehind = false
  #isHeld = false
  /** Held for a moment, whatever is settled meanwhile. */
  #isLookDue = false

  /** @param driverId  whose connection it is; null where every row names its driver. */
  constructor(deps: PositionDeps, voice: StreamVoice, driverId: DriverId | null, mode: Mode) {
    this.#deps = deps
    this.#voice = voice
    this.#driverId = driverId
    this.#mode = mode
    const { unsettledFramesMax, unsettledPointsMax } = deps.limits
    this.#window = new AckWindow({ framesMax: unsettledFramesMax, pointsMax: unsettledPointsMax })
  }

  onFrame(type: 'location' | 'locations', frame: Fields): void {
    if (!frameSeq.accepts(frame)) {
      this.#voice.error('invalid', frameSeq.errors(frame))
      return
    }
    if (!this.#isToBeTaken(frame.seq, pointsIn(frame))) return
    const read = type === 'location' ? readLocation : readLocations
    this.#take(frame.seq, read(frame, this.#driverId))
  }

  /** A frame of points that was read and found right already. */
  onPoints({ seq, fixes }: PointsFrame): void {
    if (this.#isToBeTaken(seq, fixes.length)) this.#take(seq, { fixes, errors: [] })
  }

  /** What comes now is not taken. */
  get isRefusing(): boolean {
    return this.#deps.gateway.isRefusing
  }

  /** A frame of points that is not read, as none is taken now. */
  refuse({ seq, points }: PointsHead): void {
    if (!this.#isToBeTaken(seq, points)) return
    this.#deps.metrics.positions.overloaded += points
    this.#voice.error('overloaded', 'Not taken in; send it again.', seq)
    this.#settle(seq)
    if (this.#driverId === null) this.#holdForMoment()
  }

  /** What is sent now would only pile up: acknowledgements wait, and the last one says it all. */
  readerFellBehind(): void {
    this.#isReaderBehind = true
  }

  readerCaughtUp(): void {
    this.#isReaderBehind = false
    if (this.#isAckDue) this.#sendAck()
  }

  #isToBeTaken(seq: number, points: number): boolean {
    switch (this.#window.receive(seq, points)) {
      case 'new':
        return true
      case 'ahead':
        // Without a number, because it settles nothing: the frame is taken, only acknowledged later.
        this.#voice.error(
          'out_of_order',
          `Frame ${seq} came before frame ${this.#window.expected}, which acks wait for`,
        )
        return true
      case 'repeat':
        this.#ackSent = Math.min(this.#ackSent, this.#window.acked - 1)
        this.#ackSoon()
        return false
      case 'full':
        this.#voice.error('overloaded', 'Too many positions of this connection are not settled; send them again', seq)
        this.#ackSoon()
        return false
      case 'beyond':
        this.#voice.error('out_of_order', `Frame ${this.#window.expected} is missing; this one was not taken`, seq)
        return false
    }
  }

  #take(seq: number, read: ReadRows): void {
    const { errors } = read
    const fixes = this.#ofOwnMode(seq, read.fixes)
    if (errors.length > 0) {
      this.#deps.metrics.positions.invalid += errors.length
      this.#voice.error('invalid', errors, seq)
    }
    if (fixes.length === 0) {
      this.#settle(seq)
      return
    }
    this.#deps.gateway.ingest(fixes).then(
      results => this.#onResults(seq, fixes, results),
      error => {
        const refusal = refusalOf(error, 'WS /v1/stream', this.#deps)
        this.#voice.error(refusal.code, refusal.message, seq)
        this.#settle(seq)
      },
    )
    if (this.#driverId === null && !this.#isHeld) this.#holdIfTooMuch()
  }

  #holdIfTooMuch(): void {
    if (!this.#deps.gateway.holds(this.#window.unsettledPoints)) return
    this.#isHeld = true
    this.#voice.hold()
  }

  /** Each of what it sends meanwhile would be refused as well. */
  #holdForMoment(): void {
    if (this.#isLookDue) return
    if (!this.#isHeld) this.#voice.hold()
    this.#isHeld = true
    this.#isLookDue = true
    this.#deps.clock.after(REFUSED_HELD_MS, () => {
      this.#isLookDue = false
      if (this.#deps.gateway.isRefusing) this.#holdForMoment()
      else this.#releaseIfDue()
    })
  }

  /** Read on from once it has clearly less than its part, or it would be held again by the next frame. */
  #releaseIfDue(): void {
    if (this.#isLookDue) return
    const { unsettledPoints } = this.#window
    if (unsettledPoints > 0 && this.#deps.gateway.holds(2 * unsettledPoints)) return
    this.#isHeld = false
    this.#voice.readOn()
  }

  /** Whom a row names is checked here; whose connection it is was when it opened. */
  #ofOwnMode(seq: number, fixes: readonly DriverFix[]): readonly DriverFix[] {
    const isOwn = ({ driverId }: DriverFix): boolean => modeOfDriver(driverId) === this.#mode
    if (this.#driverId !== null || fixes.every(isOwn)) return fixes
    this.#voice.error('not_found', 'There is no such driver.', seq)
    return fixes.filter(isOwn)
  }

  #onResults(seq: number, fixes: readonly DriverFix[], results: readonly FixResult[]): void {
    const refused = new Map<ProblemCode, { readonly message: string; readonly drivers: Set<string> }>()
    results.forEach((result, i) => {
      const settled = settledAs(result, this.#deps.metrics)
      if (settled.kind !== 'refused') return
      const same = refused.get(settled.code) ?? { message: settled.message, drivers: new Set() }
      same.drivers.add(fixes[i]?.driverId ?? '')
      refused.set(settled.code, same)
    })
    for (const [code, { message, drivers }] of refused) {
      this.#voice.error(code, `${message} (${someOf([...drivers])})`, seq)
    }
    this.#settle(seq)
  }

  #settle(seq: number): void {
    this.#window.settle(seq)
    if (this.#isHeld) this.#releaseIfDue()
    if (this.#window.acked > this.#ackSent) this.#ackSoon()
  }

  #ackSoon(): void {
    if (this.#isAckDue) return
    this.#isAckDue = true
    this.#deps.clock.after(0, this.#flush)
  }

  #sendAck(): void {
    if (this.#isReaderBehind) return
    this.#isAckDue = false
    const seq = this.#window.acked
    if (seq <= this.#ackSent) return
    this.#ackSent = seq
    this.#voice.send({ type: 'ack', seq })
  }
}

function someOf(drivers: readonly string[]): string {
  const more = drivers.length - NAMED_MAX
  return `${drivers.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
