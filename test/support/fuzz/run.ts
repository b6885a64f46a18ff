/** One seed: a city, its drivers and customers, and a hostile world; then calm, and everything must have come to rest. */
import type { OfferId } from '../../../src/domain/ids.ts'
import { VirtualCity } from '../virtual-city.ts'
import { CustomerAgent } from './customer-agent.ts'
import { DriverAgent } from './driver-agent.ts'
import { Faults } from './faults.ts'
import { Violation, Witness } from './invariants.ts'
import { CALM_MS, planOf } from './plan.ts'
import { Chance } from './random.ts'
import { World } from './world.ts'

export interface SeedRun {
  /** What the run has met, and how often. */
  readonly met: Readonly<Record<string, number>>
  /** Everything that was committed, in its order. */
  readonly trace: string
}

/** @throws {Violation} */
export async function runSeed(seed: number): Promise<SeedRun> {
  const chance = new Chance(seed)
  const plan = planOf(chance)
  const faults = new Faults(plan, chance.fork())
  const witness = new Witness()
  const city = new VirtualCity({
    settings: plan.settings,
    hosts: plan.hosts,
    journal: { before: faults.beforeRequest, latencyMs: faults.requestMs },
    locations: { before: faults.beforeAppend, latencyMs: faults.requestMs },
    fate: faults.fate,
    shuffle: chance.fork().next,
    onCommit: witness.onCommit,
  })
  witness.record = city.record
  await city.start()
  const world = new World({ city, faults, witness, chance: chance.fork() })
  const drivers = Array.from({ length: plan.drivers }, (_, n) => {
    return new DriverAgent(world, `drv_${n}`, world.chance.between(1, plan.capacityMax))
  })
  connect(city, drivers, witness)
  for (const driver of drivers) driver.start()
  const ids = drivers.map(d => d.driverId)
  const customer = new CustomerAgent(world, ids, plan.capacityMax)
  const bookings = Array.from({ length: plan.orders }, (_, n) => customer.book(n, plan.chaosMs))

  faults.isCalm = false
  faults.schedule(city)
  city.advance(plan.chaosMs)
  witness.checkAtRest(city.history)
  faults.isCalm = true
  city.advance(CALM_MS)
  await city.clock.settle(Promise.all(bookings))
  witness.checkAtRest(city.history)
  witness.checkEnded(city.record)
  await checkDrivers(city, drivers)
  world.isOver = true
  city.advance(60_000)
  checkHosts(city)
  return { met: faults.met, trace: JSON.stringify(city.record.journal()) }
}

function connect(city: VirtualCity, drivers: readonly DriverAgent[], witness: Witness): void {
  const byTopic = new Map(drivers.map(d => [`phone:${d.driverId}`, d]))
  city.onPublished = ({ topic, type, data }) => {
    if (type === 'offer_revoked') witness.offerOver(data.offer_id as OfferId)
    byTopic.get(topic)?.onPhone(type, data)
  }
  city.onSettled = fix => {
    for (const driver of drivers) driver.onSettled(fix)
  }
}

/** (e): no driver is stuck in a hold or with an order that is over. */
async function checkDrivers(city: VirtualCity, drivers: readonly DriverAgent[]): Promise<void> {
  for (const { driverId, hasUnsettled } of drivers) {
    const { hold, assignments } = await city.read(driverId)
    if (hold !== null) throw new Violation(`(e) ${driverId} still holds ${hold.offerId}`)
    if (assignments.length > 0) throw new Violation(`(e) ${driverId} still believes to have an order`)
    if (hasUnsettled) throw new Violation(`(j) fixes of ${driverId} are never answered`)
  }
}

/** Nothing is left in memory, and no decider has broken an invariant. */
function checkHosts(city: VirtualCity): void {
  for (const { cause } of city.lost) if (cause !== 'fenced') throw cause
  for (const { stats } of city.hosts) {
    if (stats.actors.order > 0) throw new Violation(`${stats.actors.order} orders that are over are still in memory`)
    if (stats.waitingTurns > 0 || stats.waitingFixes > 0) throw new Violation('turns or fixes wait for nothing')
  }
}
