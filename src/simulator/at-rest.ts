/** (e), once the faults are over: every shard is served, nobody is stuck, and nothing is left in memory. */
import type { DriverState } from '../actors/driver/driver.state.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { driverAddress } from '../actors/send.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import type { Cluster } from './cluster.ts'
import { Violation } from './violation.ts'
import type { DriverAgent } from './workload/driver-agent.ts'

const READS_MAX = 5
const READ_TIMEOUT_MS = 3_000
const READ_AGAIN_AFTER_MS = 3_500

/** Three positions of a driver, and what a clock may be wrong by. */
const HOT_WITHIN_MS = 20_000
const STORED_WITHIN_MS = 2_000

/** Lets that much time pass. */
export type Advance = (ms: number) => void

/** At an epoch that was overtaken, perhaps: the first commit there finds out. */
export function checkOwners({ record, nodes }: Cluster): void {
  for (const { shard } of record.shards()) {
    const isServed = nodes.some(node => node.hosts.some(host => host.epochOf(shard) !== undefined))
    if (!isServed) throw new Violation(`(e) shard ${shard} is served by nobody`)
  }
}

export function checkMemory({ nodes }: Cluster): void {
  for (const { stats } of nodes.flatMap(node => node.hosts)) {
    if (stats.actors.order > 0) throw new Violation(`(e) ${stats.actors.order} orders that are over are in memory`)
    if (stats.waitingTurns > 0 || stats.waitingFixes > 0) throw new Violation('(e) turns or fixes wait for nothing')
  }
}

/**
 * The hot view of every node, flushed or not, shows each driver that drives: lately, and where it has been. A position is shown
 * before it is stored, so a crash may have taken it between; its phone sends it again until it is stored.
 */
export function checkHotViews(drivers: readonly DriverAgent[], { nodes, history, clock, record }: Cluster): void {
  for (const { driverId } of drivers.filter(d => record.peekDriver(d.driverId))) {
    const stored = new Set(history.route(driverId).map(fix => fix.recordedAtMs))
    for (const { name, hotView } of nodes) {
      const fix = hotView.get(driverId)?.fix
      if (!fix) throw new Violation(`(e) the hot view of ${name} has no ${driverId}`)
      const ageMs = clock.nowMs() - fix.recordedAtMs
      if (ageMs > HOT_WITHIN_MS)
        throw new Violation(`(e) the hot view of ${name} has ${driverId} as of ${ageMs} ms ago`)
      if (ageMs > STORED_WITHIN_MS && !stored.has(fix.recordedAtMs)) {
        throw new Violation(`(j) the hot view of ${name} has ${driverId} where the history never saw it`)
      }
    }
  }
}

export interface DriverCheck {
  readonly cluster: Cluster
  /** What was published of each driver last. */
  readonly shown: ReadonlyMap<DriverId, JsonObject>
  readonly advance: Advance
}

/** No driver is stuck in a hold or with an order that is over. */
export function checkDriver({ driverId, hasUnsettled }: DriverAgent, parts: DriverCheck): void {
  const { cluster, shown, advance } = parts
  const row = cluster.record.peekDriver(driverId)
  if (!row) return
  const { hold, assignments, reservations = [] } = read(driverId, row.homeShard, cluster, advance)
  if (hold !== null) throw new Violation(`(e) ${driverId} still holds ${hold.offerId}`)
  if (reservations.length > 0) throw new Violation(`(e) ${driverId} still believes to be promised to an order`)
  if (assignments.length > 0) throw new Violation(`(e) ${driverId} still believes to have an order`)
  const { status, load } = shown.get(driverId) ?? {}
  if (load !== row.load) throw new Violation(`(i) ${driverId} is shown with load ${load} and has ${row.load}`)
  if (status !== row.status) throw new Violation(`(i) ${driverId} is shown as ${status} and is ${row.status}`)
  if (hasUnsettled) throw new Violation(`(j) fixes of ${driverId} are never answered`)
}

function read(driverId: DriverId, shard: ShardId, cluster: Cluster, advance: Advance): DriverState {
  const [through = ''] = cluster.names
  const replies: JsonObject[] = []
  for (let n = 0; n < READS_MAX && replies.at(-1)?.kind !== 'driver'; n++) {
    cluster.ask(through, driverAddress(driverId, shard), { kind: 'driver.read' }, READ_TIMEOUT_MS).then(body => {
      replies.push(body)
    })
    advance(READ_AGAIN_AFTER_MS)
  }
  const body = replies.at(-1)
  if (body?.kind !== 'driver') throw new Violation(`(e) ${driverId} cannot be read: ${body?.kind}`)
  return body.driver as unknown as DriverState
}
