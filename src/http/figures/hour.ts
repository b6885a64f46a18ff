/**
 * The last hour by minutes, out of the record: so it is that of all nodes together and survives restarts. A minute that is over for long enough
 * is read once and kept; the ones after it are read again for whoever asks, at most every few seconds and once for all who ask at a time.
 *
 * What can go wrong: an event is committed long after its time (a take-over, a record that was away) and its minute is kept without
 * it. The figures are for people who look at a day's work, not for accounts: the journal is.
 */
import type { Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import {
  MINUTE_MS,
  type MinuteSample,
  type OrderMinute,
  orderMinutes,
  type PickupSteps,
  pickupSteps,
  type Span,
  samplesOf,
} from '../../store/minutes.ts'
import type { Sql } from '../../store/postgres.ts'

const MINUTES = 60
/** Who asks more often is answered the same again. */
const FRESH_MS = 4_000
/** By then what a minute had is committed, a take-over included. */
const SETTLED_MS = 2 * MINUTE_MS
/** Minutes of one statement, so that none of a busy record meets its time limit. */
const SPAN_MAX = 3

export interface Minute {
  readonly atMs: UnixMs
  readonly orders: Omit<OrderMinute, 'atMs'>
  /** Arrivals by step of duration. */
  readonly pickups: ReadonlyMap<number, number>
  readonly acknowledged: readonly number[]
  readonly onDuty: number
  readonly busy: number
}

export interface HourDeps {
  readonly sql: Sql
  readonly clock: Clock
  /** Of the histogram of acknowledgements. */
  readonly places: number
}

export class Hour {
  readonly #deps: HourDeps
  readonly #settled = new Map<UnixMs, Minute>()
  /** Under way, or the last one that was answered. */
  #reading: Promise<readonly Minute[]> | null = null
  #isReading = false
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: HourDeps) {
    this.#deps = deps
  }

  /** @returns sixty minutes, the present one last. @throws {StoreUnavailableError} */
  minutes(): Promise<readonly Minute[]> {
    const { clock } = this.#deps
    const ageMs = clock.nowMs() - this.#readAtMs
    const isGood = this.#isReading || (ageMs >= 0 && ageMs < FRESH_MS)
    if (this.#reading !== null && isGood) return this.#reading
    this.#isReading = true
    this.#reading = this.#read(clock.nowMs()).finally(() => {
      this.#isReading = false
      this.#readAtMs = clock.nowMs()
    })
    this.#reading.catch(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #read(nowMs: UnixMs): Promise<readonly Minute[]> {
    const lastMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
    const all = Array.from({ length: MINUTES }, (_, i) => lastMs - (MINUTES - 1 - i) * MINUTE_MS)
    for (const atMs of this.#settled.keys()) if (atMs < (all[0] ?? 0)) this.#settled.delete(atMs)
    const fresh = new Map<UnixMs, Minute>()
    for (const span of spansOf(all.filter(atMs => !this.#settled.has(atMs)))) {
      for (const minute of await this.#readSpan(span)) {
        fresh.set(minute.atMs, minute)
        if (minute.atMs + MINUTE_MS + SETTLED_MS < nowMs) this.#settled.set(minute.atMs, minute)
      }
    }
    return all.map(atMs => this.#settled.get(atMs) ?? fresh.get(atMs) ?? minuteOf(atMs, undefined, [], []))
  }

  async #readSpan(span: Span): Promise<Minute[]> {
    const { sql, places } = this.#deps
    const [orders, pickups, samples] = await Promise.all([
      orderMinutes(sql, span),
      pickupSteps(sql, span),
      samplesOf(sql, span, places),
    ])
    const found: Minute[] = []
    for (let atMs = span.fromMs; atMs < span.toMs; atMs += MINUTE_MS) {
      const of = <T extends { readonly atMs: UnixMs }>(rows: readonly T[]) => rows.filter(row => row.atMs === atMs)
      found.push(minuteOf(atMs, of(orders)[0], of(pickups), of(samples)))
    }
    return found
  }
}

/** Minutes that follow one another are read together. @param minutes  rising. */
function spansOf(minutes: readonly UnixMs[]): Span[] {
  const spans: Span[] = []
  for (const atMs of minutes) {
    const last = spans.at(-1)
    const isNext = last?.toMs === atMs && atMs - last.fromMs < SPAN_MAX * MINUTE_MS
    if (last !== undefined && isNext) spans[spans.length - 1] = { fromMs: last.fromMs, toMs: atMs + MINUTE_MS }
    else spans.push({ fromMs: atMs, toMs: atMs + MINUTE_MS })
  }
  return spans
}

function minuteOf(
  atMs: UnixMs,
  orders: OrderMinute | undefined,
  pickups: readonly PickupSteps[],
  samples: readonly MinuteSample[],
): Minute {
  const sum = (of: (sample: MinuteSample) => number) => samples.reduce((total, sample) => total + of(sample), 0)
  const { placed = 0, delivered = 0, cancelled = 0, expired = 0 } = orders ?? {}
  return {
    atMs,
    orders: { placed, delivered, cancelled, expired },
    pickups: new Map(pickups.map(({ step, count }) => [step, count])),
    acknowledged: (samples[0]?.acknowledged ?? []).map((_, i) => sum(({ acknowledged }) => acknowledged[i] ?? 0)),
    onDuty: sum(({ onDuty }) => onDuty),
    busy: sum(({ busy }) => busy),
  }
}
