/** What becomes of requests to the bucket of leases: chance, and cuts of some nodes or all. */
import type { MembershipFate } from '../actors/runtime/memory/memory-membership.ts'
import type { Noise } from './plan.ts'
import type { Streams } from './streams.ts'
import type { Tally } from './tally.ts'

const FATES: readonly MembershipFate[] = ['unavailable', 'land_then_lose_answer', 'lose_answer_then_land', 'silent']
const CUT: readonly MembershipFate[] = ['unavailable', 'silent']
const EXPIRY_LAG_MAX_MS = 300

export class MembersWeather {
  readonly #noise: Noise
  readonly #streams: Streams
  readonly #tally: Tally
  readonly #cuts = new Map<string, number>()
  isCalm = false

  constructor(parts: { noise: Noise; streams: Streams; tally: Tally }) {
    this.#noise = parts.noise
    this.#streams = parts.streams
    this.#tally = parts.tally
  }

  cut(name: string): void {
    this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1)
  }

  mend(name: string): void {
    this.#cuts.set(name, (this.#cuts.get(name) ?? 1) - 1)
  }

  #isCut(name: string): boolean {
    return (this.#cuts.get(name) ?? 0) > 0
  }

  fateOf(name: string): MembershipFate {
    if (this.isCalm) return 'ok'
    const chance = this.#streams.of(`members ${name}`)
    if (this.#isCut(name)) return chance.pick(CUT)
    if (!chance.happens(this.#noise.memberFails)) return 'ok'
    this.#tally.count('member_requests_failed')
    return chance.pick(FATES)
  }

  /** Of what a node watches; null: it misses it. */
  watchDelayMs(name: string): number | null {
    if (this.isCalm) return 1
    const chance = this.#streams.of(`watch ${name}`)
    if (this.#isCut(name) || chance.happens(this.#noise.memberFails)) return null
    return chance.pick([1, 1, 5, 200])
  }

  latencyMs(name: string): number {
    return this.isCalm ? 1 : this.#streams.of(`members latency ${name}`).pick([1, 1, 2, 20])
  }

  /** The server looks for lapsed leases from time to time. */
  readonly expiryLagMs = (): number => this.#streams.of('lapsed leases').between(0, EXPIRY_LAG_MAX_MS)
}
