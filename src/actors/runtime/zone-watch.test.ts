import { expect, test } from 'bun:test'
import { disc, geofence } from '../../domain/zones/zones.fixtures.ts'
import { MemoryZoneLog, MemoryZones } from './memory/memory-zone-log.ts'
import { VirtualClock } from './memory/virtual-clock.ts'
import type { ZoneChanges } from './ports.ts'
import { ZoneWatch } from './zone-watch.ts'

const DEPOT = geofence('depot', disc({ latitude: 10, longitude: 20 }, 500))
const MARKET = geofence('market', disc({ latitude: 11, longitude: 20 }, 500))

/** Its answers are those of when it was asked, and come when they are let through. */
class SlowLog extends MemoryZoneLog {
  readonly #waiting: (() => void)[] = []

  override async since(change: number): Promise<ZoneChanges> {
    const page = await super.since(change)
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    return page
  }

  async answer(): Promise<void> {
    for (let round = 0; round < 100 && this.#waiting.length === 0; round++) await Promise.resolve()
    const next = this.#waiting.shift()
    if (next === undefined) throw new Error('nothing was asked')
    next()
  }
}

function watching(log: MemoryZoneLog): ZoneWatch {
  return new ZoneWatch({
    clock: new VirtualClock(),
    log,
    fail: error => {
      throw error
    },
  })
}

test('whoever asks for it knows at once what is committed', async () => {
  const zones = new MemoryZones()
  const watch = watching(new MemoryZoneLog(zones, ['geofence']))
  zones.put(DEPOT)
  await watch.refresh()
  expect([watch.isLoaded, watch.index.size]).toEqual([true, 1])
  zones.remove(DEPOT.zoneId)
  zones.put(MARKET)
  await watch.refresh()
  expect(watch.index.get(DEPOT.zoneId)).toBeUndefined()
  expect(watch.index.get(MARKET.zoneId)).toBeDefined()
})

test('also while an answer is under way that is older than the commit', async () => {
  const zones = new MemoryZones()
  const log = new SlowLog(zones, ['geofence'])
  const watch = watching(log)
  const before = watch.refresh()
  await Promise.resolve()
  await Promise.resolve()
  zones.put(DEPOT)
  const after = watch.refresh()
  await log.answer()
  await before
  expect(watch.index.get(DEPOT.zoneId)).toBeUndefined()
  await log.answer()
  await after
  expect(watch.index.get(DEPOT.zoneId)).toBeDefined()
})
