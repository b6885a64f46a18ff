import type { LatLng } from '../domain/geo.ts'
import { nowMs } from './clock.ts'
import { DriverAgent } from './driver-agent.ts'
import { describeOutcome } from './http-client.ts'
import { Limiter } from './limiter.ts'
import type { Reporter } from './position-feed.ts'
import { StreamConnection } from './stream-connection.ts'
import { Vehicle } from './vehicle.ts'
import type { WorldContext } from './world-context.ts'

/** The fleet could not be brought on duty; nothing was measured. */
export class FleetError extends Error {
  override readonly name = 'FleetError'
}

const REGISTERING_AT_ONCE = 32
const REGISTER_WITHIN_MS = 30_000
const CREATED = 201
const ALREADY_EXISTS = 409

/** All vehicles of a world: drivers on duty with a socket each, and others that only say where they are. */
export class Fleet {
  readonly agents: ReadonlyMap<string, DriverAgent>
  readonly reporters: readonly Reporter[]
  /** Shared by those without a socket of their own, and by recorded vehicles. */
  readonly shared: readonly StreamConnection[]
  private readonly world: WorldContext

  /** @param starts one for each vehicle; the first `onDuty` of them take orders. */
  constructor(world: WorldContext, starts: readonly LatLng[]) {
    this.world = world
    this.shared = Array.from({ length: world.options.connections }, (_, i) => sharedConnection(world, i))
    const agents = starts.slice(0, world.options.onDuty).map((place, i) => {
      return new DriverAgent({ driverId: driverIdOf(world, i), place, world })
    })
    this.agents = new Map(agents.map(agent => [agent.driverId, agent]))
    const roamers = starts.slice(agents.length).map((place, i) => this.roamer(agents.length + i, place))
    this.reporters = [...agents.map(reporterOf), ...roamers]
  }

  get unsettledPoints(): number {
    return this.connections().reduce((sum, connection) => sum + connection.unsettledPoints, 0)
  }

  /** @throws {FleetError} the node takes no drivers. */
  async open(): Promise<void> {
    const usesShared = this.agents.size < this.reporters.length || this.world.options.tracesFile !== null
    if (usesShared) await Promise.all(this.shared.map(connection => connection.open()))
    const limiter = new Limiter(REGISTERING_AT_ONCE)
    await limiter.forEach([...this.agents.values()], agent => this.bringOnDuty(agent))
  }

  /** To be called about once a second. */
  checkSilence(): void {
    for (const connection of this.connections()) connection.checkSilence()
  }

  close(): void {
    for (const connection of this.connections()) connection.close()
  }

  private connections(): StreamConnection[] {
    return [...this.shared, ...[...this.agents.values()].map(agent => agent.connection)]
  }

  private async bringOnDuty(agent: DriverAgent): Promise<void> {
    const { capacity } = this.world.options
    const path = `/v1/drivers/${agent.driverId}`
    const body = { driver_id: agent.driverId, vehicle_type: 'car', capacity }
    const created = await this.ask('POST', '/v1/drivers', body, [CREATED, ALREADY_EXISTS])
    // From an earlier run, perhaps with another capacity.
    if (created === ALREADY_EXISTS) await this.ask('PATCH', path, { capacity }, [200])
    await agent.connection.open()
    agent.vehicle.cruise(nowMs())
    await this.ask('PUT', `${path}/availability`, { status: 'available' }, [200])
  }

  private async ask(method: 'POST' | 'PUT' | 'PATCH', path: string, body: object, good: number[]): Promise<number> {
    const outcome = await this.world.http.untilAnswered({ method, path, body }, nowMs() + REGISTER_WITHIN_MS)
    if (outcome.kind === 'answered' && good.includes(outcome.status)) return outcome.status
    throw new FleetError(`${method} ${path}: ${describeOutcome(outcome)}`)
  }

  private roamer(index: number, place: LatLng): Reporter {
    const { agenda, terrain } = this.world
    const driverId = driverIdOf(this.world, index)
    const random = this.world.random(`way of ${driverId}`)
    const vehicle = new Vehicle({ place, nowMs: nowMs(), terrain, agenda, random })
    vehicle.cruise(nowMs())
    const connection = this.shared[index % this.shared.length]
    if (connection === undefined) throw new FleetError('vehicles without a socket of their own need connections')
    return { driverId, connection, socket: 'shared', at: atMs => vehicle.at(atMs) }
  }
}

function driverIdOf(world: WorldContext, index: number): string {
  return `${world.options.driverPrefix}${index}`
}

function reporterOf(agent: DriverAgent): Reporter {
  const { driverId, connection, vehicle } = agent
  return { driverId, connection, socket: 'own', at: atMs => vehicle.at(atMs) }
}

function sharedConnection(world: WorldContext, index: number): StreamConnection {
  const { agenda, opening, tally, options } = world
  const { url, token, protocol } = options
  const random = world.random(`shared socket ${index}`)
  const listener = {
    onMessage: () => tally.otherMessages.add('on a shared socket'),
    onAcked: (points: number, latencyMs: number) => {
      tally.positionsAcked += points
      tally.ack.record(latencyMs, points)
      tally.ackThisSecond.record(latencyMs, points)
    },
    onRejected: (points: number, code: string) => tally.positionErrors.add(code, points),
    onDropped: (points: number) => {
      tally.positionsDropped += points
    },
    onReopened: () => {
      tally.reconnects++
    },
  }
  return new StreamConnection({ url, token, protocol, driverId: null, agenda, random, opening, listener })
}
