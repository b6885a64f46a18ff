import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { journalConformance } from '../../test/conformance/journal.conformance.ts'
import {
  AT_MS,
  activate,
  type Contents,
  claimOf,
  driverTurn,
  type JournalUnderTest,
  newDriver,
  OTHER_SHARD,
  orderId,
  orderTurn,
  releaseOf,
  SHARD,
} from '../../test/conformance/journal-fixtures.ts'
import { type Database, MigratedTemplate } from '../../test/support/migrated-template.ts'
import { CommitUnknownError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Journal } from '../actors/runtime/ports.ts'
import { COMMIT_TURNS_MAX, UnstorableTurnError } from '../actors/runtime/turn-check.ts'
import type { ShardId } from '../domain/ids.ts'
import { READ_DRIVERS_SQL } from './activation-statements.ts'
import { COMMIT_SQL } from './commit-statement.ts'
import { ORDERS_WITH_TERMS } from './order-document.ts'
import { connect, disconnect, type Sql } from './postgres.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'

let template: MigratedTemplate
beforeAll(async () => {
  template = await MigratedTemplate.make()
})
afterAll(() => template.drop())

async function contentsOf(sql: Sql): Promise<Contents> {
  const ms = (column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`)
  const [orders, drivers, assignments, journal, keys, decisions] = await Promise.all([
    sql`select order_id as "orderId", shard, version, status, customer_id as "customerId", driver_id as "driverId",
      ${ms('due_at')} as "dueAtMs", ${ms('created_at')} as "createdAtMs", ${ms('updated_at')} as "updatedAtMs", case when terms is null then state
        else state || jsonb_build_object('terms', terms) end as state
      from ${sql.unsafe(ORDERS_WITH_TERMS)} as o order by order_id`,
    sql`select driver_id as "driverId", home_shard as "homeShard", epoch, version, status, capacity, load,
      load_version as "loadVersion", state from drivers order by driver_id`,
    sql`select order_id as "orderId", offer_id as "offerId", driver_id as "driverId", size, ended_at is not null as ended
      from assignments order by assignment_id`,
    sql`select shard, seq, ${ms('at')} as "atMs", actor_kind as "actorKind", actor_id as "actorId", version, type, data
      from journal order by shard, seq`,
    sql`select key, request_hash as "requestHash", response from idempotency_keys order by key`,
    sql`select order_id as "orderId", ${ms('at')} as "atMs", body from decisions order by decision_id`,
  ])
  const plain = (rows: Iterable<unknown>) => Array.from(rows) as never
  return {
    orders: plain(orders),
    drivers: plain(drivers),
    assignments: plain(assignments),
    journal: plain(journal),
    keys: plain(keys),
    decisions: plain(decisions),
  }
}

/** With a turn in each batch that is fenced, so that all of them are judged one by one. */
function judging(journal: Journal): Journal {
  const doomed = orderTurn('doomed', { shard: 250 as ShardId })
  const others = ['takeShards', 'loadOrders', 'openOrders', 'endedOrders', 'dueOrders', 'activateDrivers'] as const
  const asIs = Object.fromEntries(others.map(method => [method, (journal[method] as () => unknown).bind(journal)]))
  const commit: Journal['commit'] = async turns => {
    if (turns.length === 0 || turns.length >= COMMIT_TURNS_MAX) return journal.commit(turns)
    try {
      return (await journal.commit([...turns, doomed])).slice(0, -1)
    } catch (error) {
      if (!(error instanceof UnstorableTurnError)) throw error
      throw new UnstorableTurnError(error.outcomes.slice(0, -1), error.message, { cause: error.cause })
    }
  }
  return { ...(asIs as unknown as Journal), commit }
}

async function make(of: (journal: Journal) => Journal): Promise<JournalUnderTest> {
  const database = await template.copy()
  const sql = connect(database.url, { max: 1, applicationName: 'look' })
  const opened: Sql[] = [sql]
  return {
    open: () => {
      const journal = journalConnection(database.url, { max: 4, applicationName: 'journal' })
      opened.push(journal)
      return of(new PostgresJournal(journal))
    },
    contents: () => contentsOf(sql),
    close: async () => {
      await Promise.all(opened.map(disconnect))
      await database.drop()
    },
  }
}

journalConformance('Postgres', () => make(journal => journal))
journalConformance('Postgres, each turn judged', () => make(judging))

describe('PostgresJournal', () => {
  let database: Database
  let look: Sql
  const opened: Sql[] = []

  function open(name: string, options: { lockTimeoutMs?: number; answerTimeoutMs?: number } = {}): PostgresJournal {
    const { answerTimeoutMs, ...limits } = options
    const sql = journalConnection(database.url, { max: 1, applicationName: name, ...limits })
    opened.push(sql)
    return new PostgresJournal(sql, answerTimeoutMs)
  }

  beforeEach(async () => {
    database = await template.copy()
    look = connect(database.url, { max: 2, applicationName: 'look', idleInTransactionTimeoutMs: 20_000 })
    opened.push(look)
    await open('taker').takeShards([SHARD, OTHER_SHARD], 'node')
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(disconnect))
    await database.drop()
  })

  /** Keeps the shard, or a driver's row, locked while `act` runs. */
  async function whileLocked<T>(act: () => Promise<T>, driver?: string): Promise<T> {
    return look.begin(async tx => {
      if (driver === undefined) await tx`select from shards where shard = ${SHARD} for update`
      else await tx`select from drivers where driver_id = ${driver} for update`
      return act()
    }) as Promise<T>
  }

  /** Waits until that many sessions of the name wait for a lock. @returns their process ids. */
  async function blocked(name: string, sessions = 1): Promise<number[]> {
    for (;;) {
      const rows = await look<{ pid: number }[]>`
        select pid from pg_stat_activity where application_name = ${name} and wait_event_type = 'Lock'`
      if (rows.length >= sessions) return rows.map(({ pid }) => pid)
    }
  }

  const failureOf = (request: Promise<unknown>) => request.catch((error: unknown) => error)

  test('a connection lost before the answer leaves the outcome unknown, and the next commit goes through', async () => {
    const journal = open('victim')
    await journal.commit([orderTurn('warm')])

    const failure = await whileLocked(async () => {
      const commit = failureOf(journal.commit([orderTurn('a')]))
      for (const pid of await blocked('victim')) await look`select pg_terminate_backend(${pid})`
      return commit
    })

    expect(failure).toBeInstanceOf(CommitUnknownError)
    expect(await journal.loadOrders([orderId('a')])).toEqual([])
    expect(await journal.commit([orderTurn('a')])).toEqual(['committed'])
  })

  test('a statement cancelled while it waits has changed nothing, and says so', async () => {
    const journal = open('waits', { lockTimeoutMs: 50 })

    const failure = await whileLocked(() => failureOf(journal.commit([orderTurn('a')])))

    expect(failure).toBeInstanceOf(StoreUnavailableError)
    expect(await journal.loadOrders([orderId('a')])).toEqual([])
    expect(await journal.commit([orderTurn('a')])).toEqual(['committed'])
  })

  test('a server that is silent is not waited for, and what lands late is judged like anything late', async () => {
    // Long enough for its first connection on a loaded machine, and below the server's own time-outs.
    const journal = open('silent', { answerTimeoutMs: 800 })
    const other = open('other')
    await journal.commit([orderTurn('warm')])

    const failure = await whileLocked(() => failureOf(journal.commit([orderTurn('a')])))

    expect(failure).toBeInstanceOf(CommitUnknownError)
    while ((await other.loadOrders([orderId('a')])).length === 0);
    expect(await other.commit([orderTurn('a')])).toEqual(['conflict'])
  })

  test('a group of which a turn is refused counts once as judged, also where it is sent in halves; a clean one does not', async () => {
    const journal = open('counts')
    expect(await journal.commit([orderTurn('a'), orderTurn('b')])).toEqual(['committed', 'committed'])
    expect(journal.judgedCommits).toBe(0)

    expect(await journal.commit([orderTurn('a'), orderTurn('c')])).toEqual(['conflict', 'committed'])
    expect(journal.judgedCommits).toBe(1)

    const unstorable = orderTurn('d', { row: { state: { text: 'a\u0000b' } } })
    expect(await failureOf(journal.commit([orderTurn('e'), orderTurn('f'), unstorable]))).toBeInstanceOf(
      UnstorableTurnError,
    )
    expect(journal.judgedCommits).toBe(2)
  })

  test('a server that cannot be reached is unavailable for every request', async () => {
    const url = new URL(database.url)
    url.port = '1'
    const sql = journalConnection(url.href, { max: 1, applicationName: 'nowhere' })
    opened.push(sql)
    const journal = new PostgresJournal(sql)
    const ask = { driverId: 'd' as never, shard: SHARD, shardEpoch: 1, create: true }

    const failures = await Promise.all(
      [
        journal.commit([orderTurn('a')]),
        journal.takeShards([SHARD], 'x'),
        journal.activateDrivers([ask]),
        journal.loadOrders([orderId('a')]),
        journal.openOrders([SHARD], null, 1),
        journal.dueOrders([SHARD], AT_MS, 1),
        journal.endedOrders([SHARD], AT_MS, 1),
      ].map(failureOf),
    )

    expect(failures.map(failure => failure instanceof StoreUnavailableError)).toEqual(failures.map(() => true))
  })

  test('an order’s next turn that overtook on another connection still ends the assignment before it', async () => {
    const [first, second] = [open('first'), open('second')]
    const driver = await newDriver(first, 'd', 1)
    await first.commit([orderTurn('a')])
    await second.loadOrders([orderId('a')])

    // The second statement begins before the first is committed, so its plain reads are out of date. It is the one that judges each
    // turn, since a batch with two turns of one order is not for the straight one.
    const outcomes = await whileLocked(async () => {
      const claim = first.commit([orderTurn('a', { versionBefore: 1, claim: claimOf(driver, 'a') })])
      await blocked('first')
      const release = orderTurn('a', { versionBefore: 2, release: releaseOf(driver, 'a') })
      const judged = second.commit([release, orderTurn('b'), orderTurn('b')])
      await blocked('second')
      return { claim, judged }
    })

    expect(await outcomes.claim).toEqual(['committed'])
    expect(await outcomes.judged).toEqual(['committed', 'committed', 'conflict'])
    expect(await activate(first, 'd')).toMatchObject({ load: 0, loadVersion: 1, assignments: [] })
  })

  test('an order that was made while the statement waited is a conflict, and its batch is not lost', async () => {
    const [first, second] = [open('first'), open('second')]
    const outcomes = await whileLocked(async () => {
      const made = first.commit([orderTurn('a')])
      await blocked('first')
      const again = second.commit([orderTurn('b'), orderTurn('a')])
      await blocked('second')
      return { made, again }
    })

    expect(await outcomes.made).toEqual(['committed'])
    expect(await outcomes.again).toEqual(['committed', 'conflict'])
  })

  test('an activation that waits for a commit sees what it wrote', async () => {
    const [former, next] = [open('former'), open('next')]
    const driver = await newDriver(former, 'd', 2)

    const { commit, activation } = await whileLocked(async () => {
      const commit = former.commit([orderTurn('a', { claim: claimOf(driver, 'a') })])
      await blocked('former')
      const activation = activate(next, 'd')
      await blocked('next')
      return { commit, activation }
    })

    expect(await commit).toEqual(['committed'])
    expect(await activation).toMatchObject({ epoch: driver.epoch + 1, load: 1, assignments: [{ offerId: 'off_a' }] })
  })

  test('an activation that waits while the driver moves here raises the epoch all the same', async () => {
    const [former, next] = [open('former'), open('next')]
    const driver = await activate(former, 'd')

    const { move, activation } = await whileLocked(async () => {
      const move = former.commit([driverTurn(driver, { homeShard: OTHER_SHARD, epoch: driver.epoch + 1 })])
      await blocked('former')
      const activation = activate(next, 'd', OTHER_SHARD)
      await blocked('next')
      return { move, activation }
    }, driver.driverId)

    expect(await move).toEqual(['committed'])
    expect(await activation).toMatchObject({ homeShard: OTHER_SHARD, epoch: driver.epoch + 2, version: 1 })
  })

  test('a driver comes back with the newest fix of the history', async () => {
    const journal = open('journal')
    await activate(journal, 'd')
    await look`create table positions_then partition of positions for values from ('2023-11-14') to ('2023-11-15')`
    await look`create table positions_next partition of positions for values from ('2023-11-15') to ('2023-11-16')`
    for (const atMs of [AT_MS, AT_MS + 60_000_000, AT_MS + 1_000]) {
      await look`insert into positions (driver_id, recorded_at, received_at, latitude, longitude, speed, flags)
        values ('drv_d', to_timestamp(${atMs}::float8 / 1000), to_timestamp(${atMs + 7}::float8 / 1000), 37.5, -122.25, 2.5, 0)`
    }

    expect((await activate(journal, 'd')).lastFix).toEqual({
      latitude: 37.5,
      longitude: -122.25,
      speed: 2.5,
      heading: null,
      accuracy: null,
      orderId: null,
      recordedAtMs: AT_MS + 60_000_000,
      receivedAtMs: AT_MS + 60_000_007,
    })
  })

  test('the commit looks rows up by index, whatever the size of the tables when it was planned', async () => {
    const sql = journalConnection(database.url, { max: 1, applicationName: 'plan' })
    opened.push(sql)

    const plan = await sql.unsafe<Record<string, string>[]>(`explain (generic_plan) ${COMMIT_SQL}`)

    const lines = plan.map(row => row['QUERY PLAN'] ?? '')
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter(line => line.includes('Seq Scan'))).toEqual([])
    // Of each table once: a look for each row would sort the ids of the whole batch each time.
    expect(lines.filter(line => /Index Cond: .* AND .*= ANY/.test(line))).toEqual([])
  })

  test('and names the rows that it wants, also where it was planned for tables that are known to be empty', async () => {
    const sql = journalConnection(database.url, { max: 1, applicationName: 'plan' })
    opened.push(sql)
    await sql`analyze`

    const plan = await sql.unsafe<Record<string, string>[]>(`explain (generic_plan) ${COMMIT_SQL}`)

    const lines = plan.map(row => row['QUERY PLAN'] ?? '')
    const looks = lines.filter(line => /(Index|Heap|Seq) .*Scan/.test(line))
    const conditions = looks.map(look => lines[lines.indexOf(look) + 1] ?? '')
    expect(looks.length).toBeGreaterThan(7)
    expect(conditions.filter(line => !/(shard|order_id|driver_id) = ANY/.test(line))).toEqual([])
    expect(conditions.filter(line => !/Index Cond: .*= ANY/.test(line))).toEqual([])
  })

  test('what a driver is promised to is found by an index of such orders alone', async () => {
    const sql = journalConnection(database.url, { max: 1, applicationName: 'plan' })
    opened.push(sql)
    const plan = await sql.unsafe<Record<string, string>[]>(`explain (generic_plan) ${READ_DRIVERS_SQL}`)
    expect(plan.some(row => row['QUERY PLAN']?.includes('using orders_promised'))).toBe(true)
  })
})
