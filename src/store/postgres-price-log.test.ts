import { afterAll, beforeAll, expect, test } from 'bun:test'
import { priceLogConformance } from '../../test/conformance/price-log.conformance.ts'
import { answerLosingProxy } from '../../test/support/answer-losing-proxy.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import type { CellId, ShardId } from '../domain/ids.ts'
import { RULESET_1 } from '../domain/pricing/ruleset.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, type Sql } from './postgres.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'
import { forgetPriceRounds, PostgresPriceLog } from './postgres-price-log.ts'
import { insertRuleset, rulesetByVersion, rulesetsValidAt } from './rulesets.ts'

priceLogConformance('PostgresPriceLog', async () => {
  const database = await testDatabase()
  const admin = connect(database.url, { max: 1, applicationName: 'test admin' })
  await migrate(admin)
  const proxy = await answerLosingProxy(database.url, 'SELECT 1')
  const [one, two] = [proxy.url, database.url].map(url => connect(url, { max: 2, applicationName: 'test prices' }))
  const shards = journalConnection(database.url, { max: 1, applicationName: 'test shards' })
  if (!one || !two) throw new Error('no connections')
  return {
    log: new PostgresPriceLog(one),
    other: new PostgresPriceLog(two),
    takeShard: async shard => (await new PostgresJournal(shards).takeShards([shard], 'test'))[0] ?? 0,
    publish: async published => void (await insertRuleset(admin, published)),
    loseNextAnswer: async () => proxy.arm(),
    close: async () => {
      for (const sql of [one, two, shards, admin]) await sql.end({ timeout: 5 })
      proxy.close()
      await database.drop()
    },
  }
})

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 2, applicationName: 'test' })
  await migrate(sql)
}, 30_000)

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

test('the ruleset that a new record begins with is the one of the code', async () => {
  expect((await rulesetByVersion(sql, '1'))?.ruleset).toEqual(RULESET_1)
  expect((await rulesetsValidAt(sql, 0)).map(({ ruleset }) => ruleset.version)).toEqual(['1'])
})

test('a ruleset is never changed, not even by hand', async () => {
  const change = async (statement: string) => sql.unsafe(statement).catch((error: Error) => error.message)
  expect(await change("update rulesets set body = '{}' where version = '1'")).toContain('never changed')
  expect(await change("delete from rulesets where version = '1'")).toContain('never changed')
})

test('old rounds are forgotten, the last one of an area is not', async () => {
  await sql`insert into shards (shard, epoch, owner) values (1, 1, 'test')`
  const log = new PostgresPriceLog(sql)
  const area = '8428309ffffffff' as CellId
  for (const round of [1, 2, 3]) {
    const stored = {
      area,
      round,
      atMs: round * 1_000,
      rulesetVersion: '1',
      flags: [],
      usualLeavesPermille: {},
      cells: [],
      basis: null,
    }
    expect(await log.storeRound(stored, { shard: 1 as ShardId, shardEpoch: 1 })).toBe('stored')
  }
  expect(await forgetPriceRounds(sql, 3_500, 1)).toBe(1)
  expect(await forgetPriceRounds(sql, 3_500, 10)).toBe(1)
  expect((await log.pricesOf([area], 0))[0]?.last?.round).toBe(3)
})
