/** What becomes of requests to the record and the history: chance, outages for all, cuts of one node, slowness. */
import type { JournalFate, JournalRequest } from '../actors/runtime/memory/memory-journal.ts'
import type { AppendFault } from '../actors/runtime/memory/memory-location-log.ts'
import type { PriceLogFault } from '../actors/runtime/memory/memory-price-log.ts'
import type { Chance } from './chance.ts'
import type { Noise } from './plan.ts'
import type { Streams } from './streams.ts'
import type { Tally } from './tally.ts'

const LOST: readonly JournalFate[] = ['lose_before', 'land_then_lose_answer', 'lose_answer_then_land']
const FATES: readonly JournalFate[] = ['unavailable', ...LOST]

export class RecordWeather {
  readonly #noise: Noise
  readonly #streams: Streams
  readonly #tally: Tally
  isCalm = false
  /** How many outages, cuts and slow spells are under way. */
  #outages = 0
  #slow = 0
  readonly #cuts = new Map<string, number>()

  constructor(parts: { noise: Noise; streams: Streams; tally: Tally }) {
    this.#noise = parts.noise
    this.#streams = parts.streams
    this.#tally = parts.tally
  }

  beginOutage(): void {
    this.#outages++
  }

  endOutage(): void {
    this.#outages--
  }

  beginSlow(): void {
    this.#slow++
  }

  endSlow(): void {
    this.#slow--
  }

  cut(name: string): void {
    this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1)
  }

  mend(name: string): void {
    this.#cuts.set(name, (this.#cuts.get(name) ?? 1) - 1)
  }

  fateOf(name: string, request: JournalRequest): JournalFate {
    if (this.isCalm) return 'ok'
    const { method, turns } = request
    const fate = this.#fate(name, this.#streams.of(`record ${nameOf(name, request)}`))
    if (fate === 'ok') return fate
    this.#tally.count(method === 'commit' ? `commit_${fate}` : 'request_failed')
    if (method === 'commit' && (fate === 'land_then_lose_answer' || fate === 'lose_answer_then_land')) {
      this.#tally.count('ambiguous_commits_landed')
    }
    if (turns.some(turn => turn.claim)) this.#tally.count(`assignment_${fate}`)
    return fate
  }

  #fate(name: string, chance: Chance): JournalFate {
    if (this.#outages > 0) return 'unavailable'
    // A connection that was cut loses what is under way on it; a new one is not made.
    if ((this.#cuts.get(name) ?? 0) > 0) return chance.happens(0.2) ? chance.pick(LOST) : 'unavailable'
    return chance.happens(this.#noise.requestFails) ? chance.pick(FATES) : 'ok'
  }

  appendFault(name: string): AppendFault {
    if (this.isCalm) return 'ok'
    if (this.#outages > 0 || (this.#cuts.get(name) ?? 0) > 0) return 'unavailable'
    const chance = this.#streams.of(`history ${name}`)
    if (!chance.happens(this.#noise.appendFails)) return 'ok'
    this.#tally.count('append_failed')
    return chance.pick(['unavailable', 'land_then_lose_answer'])
  }

  priceFault(name: string): PriceLogFault {
    if (this.isCalm) return 'ok'
    if (this.#outages > 0 || (this.#cuts.get(name) ?? 0) > 0) return 'unavailable'
    const chance = this.#streams.of(`prices ${name}`)
    if (!chance.happens(this.#noise.appendFails)) return 'ok'
    this.#tally.count('price_log_failed')
    return chance.pick(['unavailable', 'land_then_lose_answer'])
  }

  latencyMs(name: string, request: JournalRequest | null): number {
    if (this.isCalm) return 2
    const chance = this.#streams.of(`latency ${request ? nameOf(name, request) : name}`)
    if (this.#slow === 0) return chance.pick([1, 2, 2, 4, 30])
    this.#tally.count('slow_requests')
    return chance.pick([30, 300, 1_500])
  }
}

/** A group of turns goes by its first: the fate of one order's commits is not that of another's. */
function nameOf(node: string, { method, turns }: JournalRequest): string {
  return `${node} ${method} ${turns[0]?.actorId ?? ''}`
}
