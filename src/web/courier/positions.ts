/**
 * The courier's positions: from the receiver into the queue, over the line, and out of the queue once they are acknowledged. Each is on the disk
 * before it matters that it is, and what was on its way when the page died is sent again.
 */
import { signal } from '@preact/signals'
import { EVERY_MS, heartbeatMs, judged, type Place, type Work } from './core/pace.ts'
import { type Point, PositionQueue, type QueueCounts } from './core/position-queue.ts'
import { correctionMs, type ServerClock } from './core/server-clock.ts'
import { Geolocation, type PlaceProblem, type PlaceSource, type PlaceWatcher } from './geolocation.ts'
import type { Line, StreamMessage } from './line.ts'
import { PositionStore } from './position-store.ts'

export interface PositionOwner {
  readonly clock: () => ServerClock
  readonly orderId: () => string | null
  readonly stored: () => void
}

/** The node is in trouble, not the position. */
const PASSING: ReadonlySet<unknown> = new Set([
  'overloaded',
  'record_unavailable',
  'timeout',
  'not_ready',
  'rate_limited',
  'internal',
])
const AGAIN_MS = 1_500
/** A receiver that was asked takes a while to answer. */
const REFRESH_MS = 5_000
/** As the node has it by default. */
const STALE_MS = 60_000

export class Positions implements PlaceWatcher {
  readonly counts = signal<QueueCounts>({ waiting: 0, stored: 0, dropped: 0, refused: 0 })
  readonly problemNow = signal<PlaceProblem | null>(null)
  readonly last = signal<Place | null>(null)
  /** False: what waits is lost with the page. */
  readonly isKept = signal(true)
  staleMs = STALE_MS
  readonly #owner: PositionOwner
  readonly #line: Pick<Line, 'send' | 'isOpen'>
  readonly #source: PlaceSource
  #queue = new PositionQueue()
  #store: PositionStore | null = null
  #work: Work | null = null
  /** Rises whenever this tab begins or ends to work. */
  #life = 0
  #heldUntilMs = 0
  #sent: Place | null = null
  /** It came too soon after the one before. Who stands still then is not told again: it is asked for. */
  #isWithheld = false
  #askedAtMs = 0

  constructor(
    owner: PositionOwner,
    line: Pick<Line, 'send' | 'isOpen'>,
    source?: (watcher: PlaceWatcher) => PlaceSource,
  ) {
    this.#owner = owner
    this.#line = line
    this.#source = source?.(this) ?? new Geolocation(this)
  }

  /**
   * What an earlier life or another tab has left: read each time that this tab begins to work, since who had worked until then has written
   * over whatever was read before.
   *
   * @returns false where it was left again meanwhile.
   */
  async open(): Promise<boolean> {
    const life = ++this.#life
    try {
      const store = await this.#opened()
      const kept = await store.all()
      if (life !== this.#life) {
        store.close()
        return false
      }
      const unkept = this.#queue.waiting
      this.#queue = new PositionQueue(kept)
      this.#store = store
      this.isKept.value = true
      for (const { point } of unkept) this.#push(point)
    } catch {
      if (life !== this.#life) return false
      this.isKept.value = false
    }
    this.#count()
    return true
  }

  #opened(): Promise<PositionStore> {
    return PositionStore.open(() => void this.#reopen(this.#life))
  }

  /** The numbers stay: the connection goes on with them. */
  async #reopen(life: number): Promise<void> {
    this.#store = null
    this.isKept.value = false
    try {
      const store = await this.#opened()
      if (life !== this.#life) {
        store.close()
        return
      }
      this.#store = store
      await Promise.all(this.#queue.waiting.map(queued => store.put(queued)))
      this.isKept.value = true
    } catch {
      // As where nothing is kept from the beginning.
      this.isKept.value = false
    }
  }

  /** Another tab works: what is on the disk is its to send. What may not be there stays here, or it would be nobody's. */
  leave(): void {
    this.#life++
    this.#store?.close()
    this.#store = null
    if (!this.isKept.value) return
    this.#queue = new PositionQueue()
    this.#count()
  }

  get dueSinceMs(): number | null {
    return this.#queue.dueSinceMs
  }

  work(work: Work | null): void {
    if (work === this.#work) return
    this.#work = work
    if (work === null) this.#source.stop()
    else this.#source.start(true)
  }

  /** Now and then: standing still nothing comes by itself, and what was refused for now goes again. */
  tick(nowMs: number): void {
    if (this.#work !== null && this.#sent !== null) this.#refresh(this.#work, this.#sent, nowMs)
    this.#pump()
  }

  lineOpened(): void {
    this.#queue.reconnected()
    this.#heldUntilMs = 0
    this.#pump()
  }

  /** @returns whether the message was about positions. */
  heard({ type, seq, code }: StreamMessage): boolean {
    if (typeof seq !== 'number' || (type !== 'ack' && type !== 'error')) return false
    const isPassing = type === 'error' && PASSING.has(code)
    const settled = type === 'ack' ? this.#queue.acked(seq) : this.#queue.failed(seq, isPassing)
    if (isPassing) this.#heldUntilMs = Date.now() + AGAIN_MS
    this.#unkeep(settled)
    this.#count()
    if (type === 'ack' && settled.length > 0) this.#owner.stored()
    this.#pump()
    return true
  }

  place(place: Place, heading: number | null): void {
    this.last.value = place
    if (this.#work === null) return
    const verdict = judged(this.#sent, place, this.#work, this.staleMs)
    this.#isWithheld = verdict === 'too_soon'
    if (verdict !== 'send') return
    this.#sent = place
    this.#push(pointOf(place, heading, correctionMs(this.#owner.clock()), this.#owner.orderId()))
    this.#pump()
    this.#count()
  }

  problem(problem: PlaceProblem | null): void {
    this.problemNow.value = problem
  }

  close(): void {
    this.#source.stop()
    this.leave()
  }

  /** How long anything was is not known where the clock was set back: whatever lies far ahead counts as over. */
  #refresh(work: Work, sent: Place, nowMs: number): void {
    const heartbeat = heartbeatMs(this.staleMs)
    const silentMs = Math.abs(nowMs - sent.atMs)
    if (silentMs >= heartbeat && Math.abs(nowMs - this.#askedAtMs) >= REFRESH_MS) {
      this.#askedAtMs = nowMs
      this.#source.refresh(heartbeat / 2)
    } else if (this.#isWithheld && silentMs >= EVERY_MS[work]) {
      this.#isWithheld = false
      this.#source.refresh(0)
    }
  }

  #push(point: Point): void {
    const { added, dropped } = this.#queue.push(point)
    void this.#store?.put(added).catch(() => {
      this.isKept.value = false
    })
    this.#unkeep(dropped)
  }

  #pump(): void {
    const heldMs = this.#heldUntilMs - Date.now()
    // More than that only where the clock was set back.
    if (heldMs > 0 && heldMs <= AGAIN_MS) return
    while (this.#line.isOpen) {
      const frame = this.#queue.next(Date.now())
      if (frame === null) return
      this.#line.send({ type: 'locations', ...frame })
    }
  }

  /** What could not be removed is sent again by the next life, and taken as the repeat that it is. */
  #unkeep(ids: readonly number[]): void {
    if (ids.length > 0) void this.#store?.remove(ids).catch(() => undefined)
  }

  #count(): void {
    this.counts.value = this.#queue.counts
  }
}

const SPEED_MAX_MPS = 200
const ACCURACY_MAX_M = 100_000
const MICRODEGREES = 1e6

function pointOf(place: Place, heading: number | null, correction: number, orderId: string | null): Point {
  const { latitude, longitude, speed, accuracy, atMs } = place
  return {
    latitude: Math.round(latitude * MICRODEGREES) / MICRODEGREES,
    longitude: Math.round(longitude * MICRODEGREES) / MICRODEGREES,
    ...(speed === null || !Number.isFinite(speed) ? {} : { speed: Math.min(SPEED_MAX_MPS, Math.max(0, speed)) }),
    ...(heading === null ? {} : { heading: ((heading % 360) + 360) % 360 }),
    ...(accuracy === null ? {} : { accuracy: Math.min(ACCURACY_MAX_M, accuracy) }),
    recorded_at: new Date(Math.round(atMs + correction)).toISOString(),
    ...(orderId === null ? {} : { order_id: orderId }),
  }
}
