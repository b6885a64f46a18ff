/**
 * A dispatcher who gives orders to drivers over their heads, and takes them from one for another. No matching stands in
 * between, so only the driver's promise and the commit keep a driver from more than it can carry.
 */
import type { Fleet } from './fleet.ts'
import { readOrderTold } from './told.ts'
import type { World } from './world.ts'

const EVERY_MS = 100
/** Of the assignments: two drivers at the same time. */
const RACE_SHARE = 0.3
const FORESEEN: ReadonlySet<string | null> = new Set(['driver_unavailable', 'invalid_transition'])

export async function dispatch(world: World, { drivers }: Fleet): Promise<void> {
  const random = world.random('dispatcher')
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  while (world.isLoading) {
    await world.sleep(random() * 2 * EVERY_MS)
    const orderId = pick(world.ledger.openOrders())
    const chosen = random() < RACE_SHARE ? [pick(drivers), pick(drivers)] : [pick(drivers)]
    if (orderId === undefined || !world.isLoading) continue
    for (const driver of chosen) if (driver !== undefined) world.start(assign(world, orderId, driver.driverId))
  }
}

/** Once: repeated after an outage, it could take the order from whoever has it by then. */
export async function assign({ calls, ledger }: World, orderId: string, driverId: string): Promise<void> {
  const call = { method: 'POST', path: `/v1/orders/${orderId}/assign`, body: { driver_id: driverId } } as const
  ledger.assignsSent.add(`${orderId} ${driverId}`)
  const outcome = await calls.once(call)
  if (outcome.kind === 'unanswered') return
  const told = readOrderTold(outcome.body)
  if (outcome.status === 200 && told !== null) {
    ledger.saw(told)
    // An order for later is promised to it.
    ledger.acked({ kind: told.status === 'scheduled' ? 'reserve' : 'assign', orderId, driverId })
  } else if (!FORESEEN.has(outcome.code)) calls.unexpected(call, outcome)
}
