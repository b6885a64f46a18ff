/** Lays fences into the record, and waits until every thread of the node has filed them. */
import { disc, moved } from '../../src/domain/zones/zones.fixtures.ts'
import { SAN_FRANCISCO } from '../../src/sim/city.ts'
import { seededRandom } from '../../src/sim/random.ts'
import type { Sql } from '../../src/store/postgres.ts'
import { NoResultError } from '../bench.ts'
import type { Rig } from '../ingest/rig.ts'
import type { FencesOptions } from './options.ts'

const BATCH = 1_000
const FILED_MAX_MS = 180_000
const LOOK_EVERY_MS = 250
const CORNERS = 24

/** In place of whatever lies there. Straight into the record: what a request costs is not the question. */
export async function layFences(sql: Sql, count: number, { radiusM, spreadKm }: FencesOptions): Promise<void> {
  await sql`
    with gone as (update changes set last = last + (select count(*) from zones where deleted_at is null) where kind = 'zones' returning last),
      numbered as (select zone_id, row_number() over (order by zone_id) as n from zones where deleted_at is null)
    update zones set geometry = null, deleted_at = now(), change = gone.last - numbered.n + 1
    from gone, numbered where zones.zone_id = numbered.zone_id`
  const random = seededRandom(2)
  const halfM = spreadKm * 500
  for (let from = 0; from < count; from += BATCH) {
    const zones = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => {
      const middle = moved(SAN_FRANCISCO, (2 * random() - 1) * halfM, (2 * random() - 1) * halfM)
      return { id: `fence_${from + i}`, geometry: { type: 'Polygon', coordinates: disc(middle, radiusM, CORNERS)[0] } }
    })
    await sql`
      with taken as (update changes set last = last + ${zones.length} where kind = 'zones' returning last),
        laid as (select * from rows from (
          jsonb_to_recordset(${JSON.stringify(zones)}::text::jsonb) as (id text, geometry jsonb)
        ) with ordinality as laid (id, geometry, n))
      insert into zones as z (zone_id, kind, name, version, change, geometry, created_at, updated_at)
      select id, 'geofence', id, 1, taken.last - ${zones.length} + laid.n, geometry, now(), now() from laid, taken
      on conflict (zone_id) do update set version = z.version + 1, change = excluded.change, geometry = excluded.geometry,
        deleted_at = null`
  }
}

/** @returns how long it took. @throws {NoResultError} */
export async function filed(rig: Rig, count: number): Promise<number> {
  const fromMs = performance.now()
  while ((await figure(rig, 'waggle_zones')) !== count) {
    if (performance.now() - fromMs > FILED_MAX_MS) throw new NoResultError(`${count} fences were not filed in time`)
    await Bun.sleep(LOOK_EVERY_MS)
  }
  return performance.now() - fromMs
}

/** A sample of the node's metrics. */
export async function figure(rig: Rig, name: string): Promise<number> {
  const text = await (await fetch(`${rig.url}/metrics`, { headers: { authorization: `Bearer ${rig.token}` } })).text()
  return Number(
    text
      .split('\n')
      .find(line => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? 0,
  )
}
