/** The nodes of a simulated cluster through their lives: each is started, crashes, is drained, and comes back with nothing in memory. */
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { DispatchSettings } from '../actors/settings.ts'
import type { ShardId } from '../domain/ids.ts'
import { NodeClock } from './clocks.ts'
import { Keeper } from './keeper.ts'
import type { Network, Settled } from './network.ts'
import { SimNode } from './node.ts'
import type { NodePlan } from './plan.ts'
import type { Stores } from './stores.ts'
import type { Trace } from './trace.ts'

export interface SeatsParts {
  readonly plans: readonly NodePlan[]
  readonly clock: Clock
  readonly settings: DispatchSettings
  readonly network: Network
  readonly stores: Stores
  readonly trace: Trace
  readonly onSettled: (fix: Settled) => void
  readonly onServed: (node: string, grants: readonly ShardGrant[]) => void
  readonly onSealed: (node: string, shards: readonly ShardId[]) => void
  readonly onError: (error: unknown) => void
}

/** What is left of a node while its process is dead. */
interface Seat {
  readonly plan: NodePlan
  running: { node: SimNode; keeper: Keeper } | null
  lives: number
  /** It should run, or as soon as its former life has ended. */
  isWanted: boolean
}

export class Seats {
  readonly #parts: SeatsParts
  readonly #seats: readonly Seat[]

  constructor(parts: SeatsParts) {
    this.#parts = parts
    this.#seats = parts.plans.map(plan => ({ plan, running: null, lives: 0, isWanted: false }))
  }

  get names(): string[] {
    return this.#seats.map(seat => seat.plan.name)
  }

  get nodes(): SimNode[] {
    return this.#seats.flatMap(({ running }) => (running ? [running.node] : []))
  }

  /** Null while it is down. */
  node(name: string): SimNode | null {
    return this.#seat(name).running?.node ?? null
  }

  /** Nothing happens where it runs already; where it is leaving it comes back afterwards. */
  start(name: string): void {
    const seat = this.#seat(name)
    seat.isWanted = true
    if (seat.running) return
    seat.lives++
    const clock = new NodeClock(this.#parts.clock, seat.plan)
    const node = this.#node(seat, clock)
    seat.running = { node, keeper: this.#keeper(seat, node, clock) }
    this.#parts.network.join(node)
    seat.running.keeper.start()
  }

  crash(name: string): void {
    const seat = this.#seat(name)
    seat.running?.keeper.stop()
    seat.running?.node.crash()
    seat.running = null
    seat.isWanted = false
  }

  /** Shuts it down as one should: everything is handed off first. */
  drain(name: string): void {
    const seat = this.#seat(name)
    const { running } = seat
    if (!running) return
    seat.isWanted = false
    running.keeper.leave().then(() => {
      if (seat.running !== running) return
      const isWanted = seat.isWanted
      this.crash(name)
      if (isWanted) this.start(name)
    })
  }

  /** A thread has died: nobody serves what it served. */
  threadCrashed(node: SimNode, lost: readonly ShardId[]): void {
    const { running } = this.#seat(node.name)
    if (running?.node === node) for (const shard of lost) running.keeper.lost(shard, 'failed')
  }

  #node(seat: Seat, clock: NodeClock): SimNode {
    const { name, hosts } = seat.plan
    const { stores, settings, network, onSettled, onError } = this.#parts
    return new SimNode({
      name,
      clock,
      settings,
      threads: hosts,
      network,
      journalOf: thread => stores.journal(name, thread),
      locationsOf: thread => stores.locations(name, thread),
      pricesOf: thread => stores.pricesOf(name, thread),
      life: seat.lives,
      onSettled,
      onServed: (served, grants) => this.#served(served, grants),
      onLost: (shard, cause) => {
        if (cause !== 'fenced') onError(cause)
        seat.running?.keeper.lost(shard, cause === 'fenced' ? 'fenced' : 'failed')
      },
      onError,
    })
  }

  #keeper(seat: Seat, node: SimNode, clock: NodeClock): Keeper {
    const { name } = seat.plan
    const { stores, settings, trace, onSealed, onError } = this.#parts
    return new Keeper({
      node,
      boot: `life-${seat.lives}`,
      shards: settings.shards,
      clock,
      membership: stores.membership(name, clock),
      journal: stores.journal(name, clock),
      trace,
      onSealed: shards => onSealed(name, shards),
      onError,
    })
  }

  /** An owner tells everybody; who does not hear it learns from a refusal. */
  #served({ name }: SimNode, grants: readonly ShardGrant[]): void {
    const { network, onServed } = this.#parts
    onServed(name, grants)
    const what = `owner of ${grants.map(({ shard, epoch }) => `${shard}@${epoch}`).join(' ')}`
    network.broadcast(name, what, station => {
      for (const { shard, epoch } of grants) if (station instanceof SimNode) station.gateway.learnEpoch(shard, epoch)
    })
  }

  #seat(name: string): Seat {
    const seat = this.#seats.find(s => s.plan.name === name)
    if (!seat) throw new Error(`there is no ${name}`)
    return seat
  }
}
