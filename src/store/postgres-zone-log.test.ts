import { expect, test } from 'bun:test'
import { zoneLogConformance } from '../../test/conformance/zone-log.conformance.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import type { ZoneId } from '../domain/ids.ts'
import type { Zone } from '../domain/zones/zone.ts'
import { disc } from '../domain/zones/zones.fixtures.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, disconnect } from './postgres.ts'
import { PostgresZoneLog } from './postgres-zone-log.ts'
import { createZone, deleteZone, updateZone, type ZoneGeometry } from './zones.ts'

const NOW_MS = Date.UTC(2026, 0, 5)

function geometryOf({ area }: Zone): ZoneGeometry {
  return { type: 'MultiPolygon', coordinates: area }
}

zoneLogConformance('PostgresZoneLog', async () => {
  const database = await testDatabase()
  const sql = connect(database.url, { max: 2, applicationName: 'test zones' })
  await migrate(sql)
  return {
    log: new PostgresZoneLog(sql, ['geofence']),
    async put(zone) {
      const { zoneId, kind } = zone
      const dwellS = zone.dwellMs === null ? null : zone.dwellMs / 1_000
      const record = { zoneId, kind, name: zoneId, dwellS, geometry: geometryOf(zone) }
      const made = await createZone(sql, record, NOW_MS, null)
      if (made.kind === 'exists') await updateZone(sql, zoneId, record, NOW_MS)
    },
    remove: async zoneId => void (await deleteZone(sql, zoneId, NOW_MS)),
    async close() {
      await disconnect(sql)
      await database.drop()
    },
  }
})

test('who reads while many write misses none: no change appears below one that was seen', async () => {
  const database = await testDatabase()
  const sql = connect(database.url, { max: 12, applicationName: 'test zones' })
  await migrate(sql)
  const log = new PostgresZoneLog(sql, ['geofence'])
  const geometry: ZoneGeometry = { type: 'MultiPolygon', coordinates: disc({ latitude: 1, longitude: 2 }, 500) }
  const ids = Array.from({ length: 200 }, (_, i) => `zone_${i}` as ZoneId)
  let isWriting = true
  const writing = Promise.all(
    ids.map(zoneId => createZone(sql, { zoneId, kind: 'geofence', name: 'x', dwellS: null, geometry }, NOW_MS, null)),
  ).then(() => {
    isWriting = false
  })
  const seen = new Set<string>()
  for (let change = 0, isLast = false; !isLast; ) {
    isLast = !isWriting
    const page = await log.since(change)
    for (const { zoneId } of page.changes) seen.add(zoneId)
    change = page.upTo
  }
  await writing
  expect(seen.size).toBe(ids.length)
  await disconnect(sql)
  await database.drop()
}, 30_000)
