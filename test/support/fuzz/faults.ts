/** What the world does to a run: the network, the record, the processes. All of it from the seed, none of it in the calm. */
import type { NetFate } from '../../../src/actors/runtime/memory/memory-bus.ts'
import type { JournalFate, JournalRequest } from '../../../src/actors/runtime/memory/memory-journal.ts'
import type { AppendFault } from '../../../src/actors/runtime/memory/memory-location-log.ts'
import type { ShardId } from '../../../src/domain/ids.ts'
import type { VirtualCity } from '../virtual-city.ts'
import type { Plan } from './plan.ts'
import type { Chance } from './random.ts'

const FATES: readonly JournalFate[] = ['unavailable', 'land_then_lose_answer', 'lose_before', 'lose_answer_then_land']

export class Faults {
  readonly #plan: Plan
  readonly #chance: Chance
  readonly met: Record<string, number> = {}
  isCalm = true
  #recordIsDown = false

  constructor(plan: Plan, chance: Chance) {
    this.#plan = plan
    this.#chance = chance
  }

  count(what: string): void {
    this.met[what] = (this.met[what] ?? 0) + 1
  }

  readonly fate = (): NetFate => {
    if (this.isCalm) return [1]
    const { dropped, duplicated } = this.#plan
    if (this.#chance.happens(dropped)) {
      this.count('dropped')
      return []
    }
    if (!this.#chance.happens(duplicated)) return [this.#delayMs()]
    this.count('duplicated')
    return [this.#delayMs(), this.#delayMs()]
  }

  #delayMs(): number {
    if (!this.#chance.happens(this.#plan.delayed)) return this.#chance.between(0, 2)
    this.count('delayed')
    return this.#chance.pick([20, 200, 1_000, 4_000])
  }

  readonly beforeRequest = ({ method, turns }: JournalRequest): JournalFate => {
    if (this.isCalm) return 'ok'
    if (this.#recordIsDown) return 'unavailable'
    if (!this.#chance.happens(this.#plan.requestFails)) return 'ok'
    const fate = this.#chance.pick(FATES)
    this.count(method === 'commit' ? `commit ${fate}` : 'request failed')
    if (turns.some(turn => turn.claim)) this.count(`assignment ${fate}`)
    return fate
  }

  readonly beforeAppend = (): AppendFault => {
    if (this.isCalm) return 'ok'
    if (this.#recordIsDown) return 'unavailable'
    if (!this.#chance.happens(this.#plan.appendFails)) return 'ok'
    this.count('append failed')
    return this.#chance.pick(['unavailable', 'land_then_lose_answer'])
  }

  readonly requestMs = (): number => {
    return this.isCalm ? 2 : this.#chance.pick([1, 2, 2, 4, 30])
  }

  /** Arms the crashes and take-overs of a run. Everything is up again when the calm begins. */
  schedule(city: VirtualCity): void {
    const { crashes, takeOvers, outages, chaosMs, hosts } = this.#plan
    const hostsBusy = new Set<number>()
    for (let n = 0; n < crashes; n++) {
      city.clock.after(this.#chance.between(1_000, chaosMs), () => this.#crash(city, hostsBusy))
    }
    for (let n = 0; n < takeOvers && hosts > 1; n++) {
      city.clock.after(this.#chance.between(1_000, chaosMs), () => this.#takeOver(city, hostsBusy))
    }
    for (let n = 0; n < outages; n++) {
      city.clock.after(this.#chance.between(1_000, chaosMs), () => this.#outage(city))
    }
  }

  #crash(city: VirtualCity, busy: Set<number>): void {
    const index = this.#chance.between(0, this.#plan.hosts - 1)
    if (busy.has(index)) return
    busy.add(index)
    this.count('crash')
    const shards = city.crashHost(index)
    city.clock.after(this.#chance.pick([10, 500, 5_000]), () => {
      city.boot(index, shards).then(() => busy.delete(index))
    })
  }

  #takeOver(city: VirtualCity, busy: Set<number>): void {
    const index = this.#chance.between(0, this.#plan.hosts - 1)
    if (busy.size > 0) return
    busy.add(index)
    this.count('take-over')
    const shard = this.#chance.between(0, city.settings.shards - 1) as ShardId
    city.takeOver(shard, index).then(() => busy.delete(index))
    city.clock.after(this.#chance.pick([100, 3_000, 10_000]), () => city.release(shard))
  }

  #outage(city: VirtualCity): void {
    this.count('outage')
    this.#recordIsDown = true
    city.clock.after(this.#chance.pick([300, 3_000, 15_000]), () => {
      this.#recordIsDown = false
    })
  }
}
