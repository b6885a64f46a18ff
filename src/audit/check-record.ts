/** The record after a run, as a whole: its own contradictions, positions, drivers. Orders have a file of their own. */
import { audit, type Violation } from '../store/audit.ts'
import type { Sql } from '../store/postgres.ts'
import { checkOrders } from './check-orders.ts'
import type { FindingKind } from './findings.ts'
import type { Ledger } from './ledger.ts'

const POSITIONS_PAGE_MAX = 5_000

export async function checkRecord(sql: Sql, ledger: Ledger, runId: string): Promise<void> {
  for (const violation of (await audit(sql)).violations) addViolation(ledger, violation)
  await checkPositions(sql, ledger, runId)
  await checkAvailability(sql, ledger)
  await checkOrders(sql, ledger, runId)
}

const KIND_OF: Readonly<Record<string, FindingKind>> = {
  two_drivers_at_once: 'double_assigned',
  not_its_driver: 'double_assigned',
  beyond_capacity: 'beyond_capacity',
  load_is_not_the_sum: 'beyond_capacity',
  position_twice: 'repeated',
}

function addViolation(ledger: Ledger, { check, count, examples }: Violation): void {
  const finding = { kind: KIND_OF[check] ?? 'journal_violations', what: check, about: { examples } }
  ledger.findings.add(finding, count)
}

async function checkPositions(sql: Sql, ledger: Ledger, runId: string): Promise<void> {
  const { findings, positions } = ledger
  // The marker is the sender's own: stored under two times, one position would have it twice.
  const twice = await sql<{ marker: string; times: number }[]>`
    select order_id as marker, count(*)::int as times from position_history
    where starts_with(driver_id, ${runId}) group by order_id having count(*) > 1`
  for (const about of twice) findings.add({ kind: 'repeated', what: 'one position, stored twice', about: { ...about } })
  for (const fixes of positions.batches(POSITIONS_PAGE_MAX)) {
    const missing = await sql<{ marker: string; driver_id: string; recorded_at: Date }[]>`
      select marker, driver_id, recorded_at from unnest(
        ${fixes.map(fix => fix.marker)}::text[], ${fixes.map(fix => fix.driverId)}::text[],
        ${fixes.map(fix => new Date(fix.recordedAtMs).toISOString())}::text[]::timestamptz[],
        ${fixes.map(fix => fix.latitude)}::float8[], ${fixes.map(fix => fix.longitude)}::float8[]
      ) as acked (marker, driver_id, recorded_at, latitude, longitude)
      where not exists (select from position_history p where p.driver_id = acked.driver_id and p.recorded_at = acked.recorded_at
        and p.order_id = acked.marker and p.latitude = acked.latitude and p.longitude = acked.longitude)`
    for (const about of missing) findings.add({ kind: 'lost', what: 'an acknowledged position', about: { ...about } })
  }
}

/** What a driver was told last of its own duty. */
async function checkAvailability(sql: Sql, ledger: Ledger): Promise<void> {
  const acked = [...ledger.availability].filter(([, status]) => status !== null)
  const differing = await sql<{ driver_id: string; acked: string; stored: string | null }[]>`
    select acked.driver_id, acked.status as acked, d.status as stored
    from unnest(${acked.map(([id]) => id)}::text[], ${acked.map(([, status]) => status)}::text[]) as acked (driver_id, status)
    left join drivers d using (driver_id) where d.status is distinct from acked.status`
  for (const about of differing)
    ledger.findings.add({ kind: 'lost', what: 'the availability of a driver', about: { ...about } })
}
