import { afterAll, beforeAll, expect, test } from 'bun:test'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDispatchOptions } from './dispatch/options.ts'
import { TABLE_CASES, type TableCase } from './dispatch/table-cases.ts'
import { tableOf } from './dispatch/table-rows.ts'
import { appendRun, readRuns } from './dispatch/table-runs.ts'
import { dispatchTableBench, inRounds } from './dispatch-table.ts'

const CASE: TableCase = { city: 'here', policy: 'batch', flags: '--policy batch', seeds: 'all' }
let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waggle-table-test-'))
})

afterAll(() => rm(dir, { recursive: true, force: true }))

function run(seed: number, served: number) {
  const state = { commit: 'abc', uncommitted_changes: false }
  return { flags: CASE.flags, seed, ...state, figures: { seed, served_share: served, wait_mean_s: 100 } }
}

test('a run that was cut off is made again, and the ones before and after it are kept', async () => {
  const path = join(dir, 'runs.jsonl')
  expect(await readRuns(path)).toEqual([])
  await appendRun(path, run(1, 0.5))
  await appendFile(path, '{"flags":"--policy batch","se')
  await appendRun(path, run(3, 0.7))
  await appendFile(path, '{"seed":4}\n')
  expect((await readRuns(path)).map(({ seed }) => seed)).toEqual([1, 3])
})

test('runs of two states of the code are no table, and a file of another state is not gone on with', async () => {
  const path = join(dir, 'mixed.jsonl')
  await appendRun(path, run(1, 0.5))
  const goOn = () => dispatchTableBench.run(['--out', path, '--data', dir], () => {})
  expect(goOn()).rejects.toThrow('abc and')
  await appendRun(path, { ...run(2, 0.6), uncommitted_changes: true })
  const print = () => dispatchTableBench.run(['--print', path], () => {})
  expect(print()).rejects.toThrow('abc and abc with changes')
  await appendRun(path, { ...run(2, 0.6), commit: 'def' })
  expect(print()).rejects.toThrow('def')
})

test('a row has the means of its runs and how sure they are; a case without runs has none', () => {
  const other = { ...CASE, policy: 'other', flags: '--policy greedy' }
  const [head, , row, ...more] = tableOf([CASE, other], [run(1, 0.5), run(2, 0.6), run(4, 0.7)])
  expect(head).toContain('served %')
  expect(row).toStartWith('| here | batch | 1, 2, 4 | 60.00 ± 24.83 | – | 100.0 |')
  expect(more).toEqual([])
})

test('every case has one seed before any has two, and where nothing is drawn one is enough', () => {
  const once: TableCase = { ...CASE, policy: 'once', seeds: 'first' }
  const order = inRounds([CASE, once], 5).map(({ policy, seed }) => `${policy} ${seed}`)
  expect(order).toEqual(['batch 1', 'once 1', 'batch 2', 'batch 3', 'batch 4', 'batch 5'])
  expect(inRounds([CASE], 1)).toHaveLength(1)
})

test('every case of the table can be run, and none is there twice', () => {
  for (const { flags } of TABLE_CASES) expect(() => readDispatchOptions(flags.split(' '))).not.toThrow()
  expect(new Set(TABLE_CASES.map(({ flags }) => flags)).size).toBe(TABLE_CASES.length)
})
