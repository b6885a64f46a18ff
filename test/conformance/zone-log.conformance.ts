/** What every log of zones must do. Each adapter runs it against itself. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ZoneLog } from '../../src/actors/runtime/ports.ts'
import type { ZoneId } from '../../src/domain/ids.ts'
import type { Zone } from '../../src/domain/zones/zone.ts'
import { disc, geofence } from '../../src/domain/zones/zones.fixtures.ts'

export interface ZoneLogUnderTest {
  /** Reads geofences, and of other kinds only that there was a change. */
  readonly log: ZoneLog
  put(zone: Zone): Promise<void>
  remove(zoneId: ZoneId): Promise<void>
  close(): Promise<void>
}

const HERE = { latitude: 10, longitude: 20 }
let zones = 0
const aZone = (rest: Partial<Zone> = {}) => geofence(`zone-${++zones}`, disc(HERE, 500), rest)

export function zoneLogConformance(name: string, open: () => Promise<ZoneLogUnderTest>): void {
  describe(name, () => {
    let under: ZoneLogUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())

    async function upToNow(): Promise<number> {
      let change = 0
      for (;;) {
        const page = await under.log.since(change)
        change = page.upTo
        if (page.isWhole) return change
      }
    }

    test('a change is there once it is made, and not again behind its number', async () => {
      const before = await upToNow()
      const zone = aZone({ dwellMs: 60_000 })
      await under.put(zone)
      const page = await under.log.since(before)
      expect(page.changes).toEqual([{ zoneId: zone.zoneId, zone }])
      expect(page.upTo).toBeGreaterThan(before)
      expect(await under.log.since(page.upTo)).toEqual({ changes: [], upTo: page.upTo, isWhole: true })
    })

    test('a zone that has changed often is there once, as it is now, and so is one that is gone', async () => {
      const before = await upToNow()
      const [zone, gone] = [aZone(), aZone()]
      await under.put(zone)
      await under.put(gone)
      const moved = { ...zone, version: 2, area: disc(HERE, 900) }
      await under.put(moved)
      await under.remove(gone.zoneId)
      const { changes } = await under.log.since(before)
      expect(changes).toEqual([
        { zoneId: zone.zoneId, zone: moved },
        { zoneId: gone.zoneId, zone: null },
      ])
    })

    test('of a kind that is not wanted only its number is told', async () => {
      const before = await upToNow()
      const area = aZone({ kind: 'price_area' })
      await under.put(area)
      const page = await under.log.since(before)
      expect(page.changes).toEqual([{ zoneId: area.zoneId, zone: null }])
      expect(page.upTo).toBeGreaterThan(before)
    })

    test('very many come in pages, none left out', async () => {
      const before = await upToNow()
      const many = Array.from({ length: 620 }, () => aZone())
      for (const zone of many) await under.put(zone)
      const seen: string[] = []
      for (let change = before, isWhole = false; !isWhole; ) {
        const page = await under.log.since(change)
        seen.push(...page.changes.map(({ zoneId }) => zoneId))
        change = page.upTo
        isWhole = page.isWhole
      }
      expect(seen).toEqual(many.map(zone => zone.zoneId))
    }, 30_000)
  })
}
