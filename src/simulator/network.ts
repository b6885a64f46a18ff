/**
 * The network between simulated nodes, threads and phones. A message to a shard reaches a host that serves it: of the same
 * node if there is one (whatever that node has lost without knowing), else the latest owner, or one that was replaced and does
 * not know. Messages are dropped, doubled, delayed, and cut off by partitions, in one direction or both.
 */
import type { Envelope, ReplyTo } from '../actors/runtime/envelope.ts'
import type { Host } from '../actors/runtime/host.ts'
import type { Bus, Clock, IntakeItem, IntakeResult, LiveFix } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import type { Chance } from './chance.ts'
import type { NodeClock } from './clocks.ts'
import type { Noise } from './plan.ts'
import type { Streams } from './streams.ts'
import type { Tally } from './tally.ts'

/** What a node is to the network. */
export interface Station {
  readonly name: string
  readonly clock: NodeClock
  readonly hosts: readonly Host[]
  onReply(to: ReplyTo, body: JsonObject): void
  onSettled(fix: Settled): void
  onHome(driverId: DriverId, shard: ShardId): void
  onLiveFix(fix: LiveFix): void
}

export interface Settled {
  readonly token: number
  readonly result: IntakeResult
  readonly recordedAtMs: UnixMs
}

/** Something on its way from node to node. */
export interface Carried {
  readonly from: string
  readonly to: string
  /** It alone is called so, and draws from a stream of its own. */
  readonly what: string
}

export interface NetworkParts {
  readonly clock: Clock
  readonly streams: Streams
  readonly noise: Noise
  readonly tally: Tally
  readonly onPublish: (from: Station, topic: string, type: string, data: JsonObject) => void
}

export class Network {
  readonly #parts: NetworkParts
  readonly #stations = new Map<string, Station>()
  /** `from to`, with how many partitions cut it. */
  readonly #cuts = new Map<string, number>()
  isCalm = false

  constructor(parts: NetworkParts) {
    this.#parts = parts
  }

  join(station: Station): void {
    this.#stations.set(station.name, station)
  }

  leave(station: Station): void {
    if (this.#stations.get(station.name) === station) this.#stations.delete(station.name)
  }

  cut(from: string, to: string): void {
    this.#cuts.set(`${from} ${to}`, (this.#cuts.get(`${from} ${to}`) ?? 0) + 1)
  }

  mend(from: string, to: string): void {
    const left = (this.#cuts.get(`${from} ${to}`) ?? 0) - 1
    if (left > 0) this.#cuts.set(`${from} ${to}`, left)
    else this.#cuts.delete(`${from} ${to}`)
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from} ${to}`)
  }

  // ---------------------------------------------------------------- to a shard

  deliver(from: string, envelope: Envelope): void {
    this.#toShard(from, envelope.to, host => host.receive(envelope))
  }

  deliverFix(from: string, gateway: string, item: IntakeItem): void {
    const { driverId: id, shard } = item
    this.#toShard(from, { kind: 'fix', id, shard }, host => host.receiveFix(gateway, item))
  }

  #toShard(from: string, to: { kind: string; id: string; shard: ShardId }, receive: (host: Host) => void): void {
    const link = this.#parts.streams.of(`${from} > ${to.kind} ${to.id}`)
    for (const delayMs of this.#fate(link)) {
      this.#parts.clock.after(delayMs, () => {
        const owner = this.#ownerOf(from, to.shard, link)
        // Between its arrival and its being read the shard may be lost, and the host says so.
        if (owner) owner.station.clock.run(() => receive(owner.host))
        else this.#parts.tally.count('to_nobody')
      })
    }
  }

  #ownerOf(from: string, shard: ShardId, link: Chance): { station: Station; host: Host } | null {
    let latest: { station: Station; host: Host; epoch: number } | null = null
    for (const station of this.#stations.values()) {
      if (station.name !== from && this.isCut(from, station.name)) continue
      for (const host of station.hosts) {
        const epoch = host.epochOf(shard)
        if (epoch === undefined) continue
        if (station.name === from) return { station, host }
        const isLater = !latest || epoch > latest.epoch
        if (!latest || isLater !== this.#misleads(link)) latest = { station, host, epoch }
      }
    }
    return latest
  }

  #misleads(link: Chance): boolean {
    if (this.isCalm || !link.happens(this.#parts.noise.misled)) return false
    this.#parts.tally.count('misled')
    return true
  }

  // ---------------------------------------------------------------- to a node, or a phone

  /** From one node to another. */
  carry({ from, to, what }: Carried, act: (station: Station) => void): void {
    for (const delayMs of this.#fate(this.#parts.streams.once(`${from} > ${to} ${what}`))) {
      this.#parts.clock.after(delayMs, () => {
        const station = this.#stations.get(to)
        if (station && (from === to || !this.isCut(from, to))) station.clock.run(() => act(station))
      })
    }
  }

  /** @param what  no two broadcasts of a node are called the same. */
  broadcast(from: string, what: string, act: (station: Station) => void): void {
    for (const to of this.#stations.keys()) this.carry({ from, to, what }, act)
  }

  /** Between a node and somebody outside. */
  hop(outside: string, act: () => void): void {
    for (const delayMs of this.#fate(this.#parts.streams.of(`outside ${outside}`)))
      this.#parts.clock.after(delayMs, act)
  }

  publish(from: Station, topic: string, type: string, data: JsonObject): void {
    this.#parts.onPublish(from, topic, type, data)
  }

  /** How long each copy of a message is under way. None: it is lost. */
  #fate(link: Chance): readonly number[] {
    if (this.isCalm) return [1]
    const { noise, tally } = this.#parts
    if (link.happens(noise.dropped)) {
      tally.count('dropped')
      return []
    }
    if (!link.happens(noise.duplicated)) return [this.#delayMs(link)]
    tally.count('duplicated')
    return [this.#delayMs(link), this.#delayMs(link)]
  }

  #delayMs(link: Chance): number {
    const { noise, tally } = this.#parts
    if (!link.happens(noise.delayed)) return link.between(0, 2)
    tally.count('delayed')
    return link.pick([20, 200, 1_000, 4_000])
  }
}

/** Keeps what its host says until the flush, as the real ones do: a host that forgets to flush is silent here, too. */
export class NetworkBus implements Bus {
  readonly #network: Network
  readonly #station: Station
  #said: (() => void)[] = []
  #homes = 0
  #liveFixes = 0
  #isDead = false

  constructor(network: Network, station: Station) {
    this.#network = network
    this.#station = station
  }

  send(envelope: Envelope): void {
    this.#said.push(() => this.#network.deliver(this.#station.name, envelope))
  }

  forwardFix(gateway: string, item: IntakeItem): void {
    this.#said.push(() => this.#network.deliverFix(this.#station.name, gateway, item))
  }

  reply(to: ReplyTo, body: JsonObject): void {
    const carried = { from: this.#station.name, to: to.gateway, what: `answer ${to.askId}` }
    this.#said.push(() => this.#network.carry(carried, s => s.onReply(to, body)))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    this.#said.push(() => this.#network.publish(this.#station, topic, type, data))
  }

  settleFix(gateway: string, token: number, _index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    const settled = { token, result, recordedAtMs }
    const carried = { from: this.#station.name, to: gateway, what: `fix ${token}` }
    this.#said.push(() => this.#network.carry(carried, s => s.onSettled(settled)))
  }

  /** Positions on the live feed are nobody's promise: what is lost on the way is made good by the next. */
  publishFix(fix: LiveFix): void {
    const what = `live ${fix.driverId} ${++this.#liveFixes}`
    this.#said.push(() => this.#network.broadcast(this.#station.name, what, s => s.onLiveFix(fix)))
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    const what = `home ${driverId} ${++this.#homes}`
    this.#said.push(() => this.#network.broadcast(this.#station.name, what, s => s.onHome(driverId, shard)))
  }

  flush(): void {
    const said = this.#said
    this.#said = []
    if (!this.#isDead) for (const say of said) say()
  }

  /** Its host has died: nothing of it is heard any more, not even what it had under way with the record. */
  kill(): void {
    this.#isDead = true
  }
}
