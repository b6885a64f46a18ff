/** Carries out the faults of a plan: each begins at its time, lasts for a while, and is over at the latest when the calm begins. */
import { Chance } from './chance.ts'
import type { Cluster } from './cluster.ts'
import type { MembersWeather } from './members-weather.ts'
import type { FaultPlan, Plan } from './plan.ts'
import type { RecordWeather } from './record-weather.ts'
import type { Tally } from './tally.ts'
import type { Trace } from './trace.ts'
import type { DriverAgent } from './workload/driver-agent.ts'

export interface FaultsParts {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly weather: RecordWeather
  readonly membersWeather: MembersWeather
  readonly tally: Tally
  readonly trace: Trace
  readonly drivers: readonly DriverAgent[]
  /** Something died: what the record holds must be whole. */
  readonly onCrash: () => void
}

/** What has come in by then is done first. */
const KNOCKED_MS = 5
/** A client of the bucket that was cut off tries again by then. */
const RECONNECTED_MS = 1_500

/** Undoes what a fault did; may be called twice. */
type Repair = () => void

export class Faults {
  readonly #parts: FaultsParts
  readonly #repairs = new Set<Repair>()

  constructor(parts: FaultsParts) {
    this.#parts = parts
  }

  schedule(): void {
    const { plan, cluster } = this.#parts
    for (const fault of plan.faults) cluster.clock.after(fault.atMs, () => this.#begin(fault))
  }

  /** Everything is whole again. */
  end(): void {
    for (const repair of [...this.#repairs]) repair()
  }

  #begin(fault: FaultPlan): void {
    const { cluster, tally, trace, plan } = this.#parts
    if (cluster.clock.nowMs() >= cluster.startedAtMs + plan.chaosMs) return
    const chance = new Chance(fault.seed)
    tally.count(fault.kind)
    trace.note(() => `${fault.id}: ${fault.kind} for ${fault.lastsMs} ms`)
    const undo = this.#do(fault, chance)
    const repair = () => {
      if (!this.#repairs.delete(repair)) return
      trace.note(() => `${fault.id}: over`)
      undo?.()
    }
    this.#repairs.add(repair)
    cluster.clock.after(fault.lastsMs, repair)
  }

  #do({ kind }: FaultPlan, chance: Chance): Repair | null {
    const { cluster, weather, drivers } = this.#parts
    const name = chance.pick(cluster.names)
    switch (kind) {
      case 'host_crash':
        return this.#crashThread(name, chance)
      case 'node_crash':
        cluster.crashNode(name)
        this.#parts.onCrash()
        return () => cluster.startNode(name)
      case 'node_pause':
        return this.#pause(name, chance)
      case 'partition':
        return this.#partition(name, chance)
      case 'record_outage':
        weather.beginOutage()
        return () => weather.endOutage()
      case 'record_cut':
        weather.cut(name)
        return () => weather.mend(name)
      case 'record_slow':
        weather.beginSlow()
        return () => weather.endSlow()
      case 'members_outage':
        return this.#cutMembers(cluster.names)
      case 'members_cut':
        return this.#cutMembers([name])
      case 'clock_set': {
        const byMs = chance.pick([-30_000, -4_000, 1_000, 4_000, 30_000])
        // A restart sets the clock right, too.
        const clock = cluster.node(name)?.clock
        clock?.setBy(byMs)
        return () => clock?.setBy(-byMs)
      }
      case 'drain':
        cluster.drainNode(name)
        return () => cluster.startNode(name)
      case 'forget_homes':
        for (const node of cluster.nodes) node.gateway.forget()
        return null
      case 'hot_view_flush':
        for (const node of cluster.nodes) node.flushHotView()
        return null
      case 'mass_log_off':
        for (const driver of drivers) driver.logOff()
        return null
      case 'accept_storm':
        for (const driver of drivers) driver.storm()
        return null
    }
  }

  #crashThread(name: string, chance: Chance): Repair | null {
    const { cluster } = this.#parts
    const node = cluster.node(name)
    if (!node) return null
    const index = chance.between(0, node.threads - 1)
    const lost = node.crashThread(index)
    this.#parts.onCrash()
    cluster.threadCrashed(node, lost)
    return () => node.restartThread(index)
  }

  /**
   * A node that says nothing for so long is often cut off by the server of the leases, too: when it goes on it learns only a
   * while later, or from the record, that its shards are others' by now. Its clients have asked it meanwhile.
   */
  #pause(name: string, chance: Chance): Repair | null {
    const { cluster, drivers } = this.#parts
    const clock = cluster.node(name)?.clock
    if (!clock || clock.isPaused) return null
    clock.pause()
    const mend = chance.happens(0.6) ? this.#cutMembers([name]) : null
    return () => {
      for (const driver of drivers) driver.knock(name)
      cluster.clock.after(KNOCKED_MS, () => clock.resume())
      if (mend) cluster.clock.after(RECONNECTED_MS, mend)
    }
  }

  /** One node from all others, or from some; in one direction, or both. */
  #partition(name: string, chance: Chance): Repair {
    const { network, names } = this.#parts.cluster
    const ways = chance.pick(['in', 'out', 'both'])
    const others = names.filter(other => other !== name && chance.happens(0.8))
    const cuts = others.flatMap(other => [
      ...(ways === 'in' ? [] : [{ from: name, to: other }]),
      ...(ways === 'out' ? [] : [{ from: other, to: name }]),
    ])
    for (const { from, to } of cuts) network.cut(from, to)
    return () => {
      for (const { from, to } of cuts) network.mend(from, to)
    }
  }

  #cutMembers(names: readonly string[]): Repair {
    const { membersWeather } = this.#parts
    for (const name of names) membersWeather.cut(name)
    return () => {
      for (const name of names) membersWeather.mend(name)
    }
  }
}
