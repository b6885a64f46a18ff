/**
 * One size of fleet in a process of its own, so that nothing else is in its memory. Every driver reports each ten seconds of
 * virtual time, whatever the size: a driver of a small fleet has as much to do per position as one of a large one.
 */
import { heapStats } from 'bun:jsc'
import { BareHost } from './bare-host.ts'
import { actorFleet } from './fleet.ts'
import type { DutyOf } from './record-of-nothing.ts'

const REPORT_EVERY_MS = 10_000
/** Positions that come together. */
const PARCEL = 100

export interface ActorFigures {
  readonly actors: number
  /** What they and their cells hold, after a collection. */
  readonly heapBytes: number
  readonly residentBytes: number
  readonly cpuUsPerFirstPosition: number
  readonly cpuUsPerPosition: number
  readonly refused: number
}

async function measure(drivers: number, positions: number, duty: DutyOf): Promise<ActorFigures> {
  const fleet = actorFleet(drivers)
  const world = new BareHost(duty)
  await world.open()
  const before = memory()
  const firstUs = report(world, fleet, 0, drivers)
  // What the first positions have set off (announcements, windows) is done.
  world.settle(REPORT_EVERY_MS)
  // Warm: a round of reports from everybody, at most as many as are measured.
  report(world, fleet, drivers, Math.min(drivers, positions))
  const after = memory()
  const perPositionUs = report(world, fleet, drivers * 2, positions)
  const sent = drivers + Math.min(drivers, positions) + positions
  return {
    actors: world.host.stats.actors.driver,
    heapBytes: after.heap - before.heap,
    residentBytes: after.resident - before.resident,
    cpuUsPerFirstPosition: firstUs,
    cpuUsPerPosition: perPositionUs,
    refused: sent - world.committed,
  }
}

/** @returns CPU per position, microseconds. */
function report(world: BareHost, fleet: ReturnType<typeof actorFleet>, from: number, count: number): number {
  const before = process.cpuUsage()
  let passedMs = 0
  for (let sent = 0; sent < count; ) {
    for (const end = Math.min(sent + PARCEL, count); sent < end; sent++) {
      const index = (from + sent) % fleet.size
      world.fix(fleet.driverId(index), fleet.place(index, Math.floor((from + sent) / fleet.size)))
    }
    const dueMs = Math.floor((sent * REPORT_EVERY_MS) / fleet.size)
    world.settle(dueMs - passedMs)
    passedMs = dueMs
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / Math.max(1, count)
}

function memory(): { heap: number; resident: number } {
  Bun.gc(true)
  const { heapSize, extraMemorySize } = heapStats()
  return { heap: heapSize + extraMemorySize, resident: process.memoryUsage().rss }
}

if (import.meta.main) {
  const [drivers, positions, duty] = process.argv.slice(2)
  const figures = await measure(Number(drivers), Number(positions), duty === 'offline' ? 'offline' : 'available')
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}
