/**
 * A host that takes its shards with orders waiting in them: what each costs until it is known to its cell again. Among few and
 * among many, since what grows with their number is what a restart dies of.
 */
import type { StoredOrder } from '../../src/actors/runtime/ports.ts'
import { BareHost } from '../actors/bare-host.ts'
import { turnMaker } from '../restart/open-orders.ts'

const SHARDS = 256
/** What waits for a window is done by then. */
const SETTLED_AFTER_MS = 1_100

/** @returns CPU per waiting order, microseconds. */
export async function resumptionUs(orders: number): Promise<number> {
  const turnOf = turnMaker(SHARDS, Array<number>(SHARDS).fill(1))
  const stored = Array.from({ length: orders }, (_, n): StoredOrder => {
    const { actorId, shard, events, row } = turnOf(n)
    return { orderId: actorId as StoredOrder['orderId'], shard, version: events.length, state: row.state }
  })
  const world = new BareHost('offline', stored)
  const before = process.cpuUsage()
  await world.open()
  world.settle(SETTLED_AFTER_MS)
  const { user, system } = process.cpuUsage(before)
  world.stop()
  return (user + system) / orders
}
