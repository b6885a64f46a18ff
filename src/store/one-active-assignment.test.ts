/**
 * Two guards stand behind one another against a second driver on one order: the statement's own check and a unique index.
 * Either is enough, so each is looked at alone: the index without the statement, the statement before the index.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { claimOf, newDriver, offerId, orderTurn, SHARD } from '../../test/conformance/journal-fixtures.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import { COMMIT_SQL, encodeTurns, readVerdicts, type VerdictsRow } from './commit-statement.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, disconnect, duplicateIn, type Sql } from './postgres.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let journal: PostgresJournal
let connection: ReturnType<typeof journalConnection>

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'look' })
  await migrate(sql)
  connection = journalConnection(database.url, { max: 1, applicationName: 'journal' })
  journal = new PostgresJournal(connection)
  await journal.takeShards([SHARD], 'node')
}, 60_000)
afterAll(async () => {
  await Promise.all([disconnect(sql), disconnect(connection)])
  await database.drop()
})

test('the table takes no second active assignment of an order', async () => {
  const assign = (driver: string) => sql`
    insert into assignments (order_id, offer_id, driver_id, size, started_at)
    values ('ord_x', 'off_x', ${driver}, 1, now())`
  await assign('drv_1')
  const refusal = await assign('drv_2').catch((error: unknown) => error)
  expect(duplicateIn(refusal)).toBe('assignments_one_active')
})

test('the statement refuses the second one itself, and the index never has to', async () => {
  const [one, two] = [await newDriver(journal, 'one', 1), await newDriver(journal, 'two', 1)]
  await journal.commit([orderTurn('a', { claim: claimOf(one, 'a') })])
  const second = orderTurn('a', { versionBefore: 1, claim: { ...claimOf(two, 'a'), offerId: offerId('a2') } })
  const rows = await sql.unsafe<VerdictsRow[]>(COMMIT_SQL, [encodeTurns([second])])
  expect(readVerdicts(rows)).toEqual(['claim_refused'])
})
