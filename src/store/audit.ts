/**
 * Checks the whole record: `bun src/store/audit.ts --url postgres://…`, or `--data-dir .waggle` for an embedded server
 * whose node is not running. Prints one JSON line; exits 1 where anything is violated, 2 where it could not be checked.
 *
 * All checks see one snapshot, so a record that is being written is judged as it was at one instant.
 */
import { parseArgs } from 'node:util'
import { AUDIT_CHECKS } from './audit-checks.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { connect, type Sql } from './postgres.ts'
import { answered } from './records.ts'

/** Examples of each violation; the number of all of them is told besides. */
const EXAMPLES_MAX = 5
/** A record of millions of rows is read several times. */
const CHECK_MAX_MS = 600_000

export interface Violation {
  readonly check: string
  readonly count: number
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}

export interface AuditReport {
  readonly orders: number
  readonly assignments: number
  readonly drivers: number
  readonly positions: number
  readonly violations: readonly Violation[]
}

/** @throws {StoreUnavailableError} */
export async function audit(sql: Sql): Promise<AuditReport> {
  return await answered(
    sql.begin('isolation level repeatable read read only', async snapshot => {
      await snapshot.unsafe(`set local statement_timeout = ${CHECK_MAX_MS}`)
      const [counts] = await snapshot<Omit<AuditReport, 'violations'>[]>`
        select (select count(*) from orders) as orders, (select count(*) from assignments) as assignments,
          (select count(*) from drivers) as drivers, (select count(*) from position_history) as positions`
      const violations: Violation[] = []
      for (const check of AUDIT_CHECKS) {
        const found = await snapshot.unsafe<{ count: number; example: Record<string, unknown> }[]>(`
          select count(*) over () as count, to_jsonb(v) as example from (${check.sql}) as v limit ${EXAMPLES_MAX}`)
        const [first] = found
        if (first) violations.push({ check: check.name, count: first.count, examples: found.map(row => row.example) })
      }
      return { orders: 0, assignments: 0, drivers: 0, positions: 0, ...counts, violations }
    }),
  )
}

async function auditUrl(url: string): Promise<AuditReport> {
  const sql = connect(url, { max: 1, applicationName: 'waggle audit', statementTimeoutMs: CHECK_MAX_MS })
  try {
    return await audit(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function auditDataDir(dataDir: string): Promise<AuditReport> {
  const server = await startEmbeddedPostgres({ dataDir })
  try {
    return await auditUrl(server.url)
  } finally {
    await server.stop()
  }
}

const HELP = `bun run audit:record -- --url postgres://… | --data-dir DIR
  checks the whole record: loads, assignments, journals, versions, positions

  --url URL       the Postgres of a node, or of a cluster, running or not
  --data-dir DIR  of an embedded node that is not running

Prints one JSON line. Exits 0 where all is well, 1 where anything is violated, 2 where it could not be checked.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, 'data-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const { url, 'data-dir': dataDir, help } = values
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  if ((url === undefined) === (dataDir === undefined)) {
    console.error('Say which record: --url postgres://… or --data-dir DIR, one of them; --help tells more.')
    return 2
  }
  const report = url === undefined ? await auditDataDir(dataDir ?? '') : await auditUrl(url)
  console.log(JSON.stringify(report))
  return report.violations.length === 0 ? 0 : 1
}

if (import.meta.main) {
  process.exitCode = await main().catch(error => {
    console.error(error instanceof Error ? error.message : error)
    return 2
  })
}
