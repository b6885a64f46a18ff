import { expect, test } from 'bun:test'
import { testDatabase } from '../test/support/postgres.ts'
import { commitBench } from './commit.ts'
import { envelopeBench } from './envelope.ts'
import { hopBench } from './hop.ts'
import { turnBench } from './turn.ts'

const FEW = ['--rounds', '1', '--operations', '200']

test('each small cost is there, and above nothing', async () => {
  for (const [bench, names] of [
    [turnBench, ['read_per_s', 'position_per_s', 'place_and_cancel_per_s']],
    [hopBench, ['round_trip_p50_ms', 'positions_per_s']],
    [envelopeBench, ['fix_write_per_s', 'fix_read_per_s', 'place_order_bytes']],
  ] as const) {
    const { figures } = await bench.run(FEW, () => {})
    for (const name of names) expect([name, Number(figures[name]) > 0]).toEqual([name, true])
  }
}, 60_000)

test('groups of turns are committed, each with syncs of its own', async () => {
  const database = await testDatabase()
  const { figures } = await commitBench.run(['--rounds', '3', '--postgres', database.url], () => {})
  expect(figures).toMatchObject({ fsync: 'on', synchronous_commit: 'on' })
  expect(figures.group_200_turns_per_s).toBeGreaterThan(100)
  expect(figures.wal_syncs).toBeGreaterThanOrEqual(12)
  await database.drop()
}, 60_000)
