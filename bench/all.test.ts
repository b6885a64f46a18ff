import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documented, type Ran } from './all/document.ts'
import { MARKS, readerOf } from './all/marks.ts'
import { LEFT_OUT, PLAN, type PlannedRun } from './all/plan.ts'
import { allBench } from './all.ts'
import { BENCHES } from './benches.ts'

const turn = PLAN.find(run => run.id === 'turn') as PlannedRun
const restart = PLAN.find(run => run.id === 'restart') as PlannedRun

test('every bench is planned or left out for a reason, and every mark is about a planned run', () => {
  const planned = new Set([...PLAN.map(run => run.bench), ...Object.keys(LEFT_OUT)])
  expect(BENCHES.map(bench => bench.name).filter(name => !planned.has(name))).toEqual([])
  const ids = PLAN.map(run => run.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(MARKS.map(mark => mark.run).filter(run => !ids.includes(run))).toEqual([])
})

test('a run over some writes their figures', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-bench-test-'))
  const out = join(dir, 'benchmarks.md')
  const { figures } = await allBench.run(['--size', 'tiny', '--only', 'turn,envelope', '--out', out], () => {})
  expect(figures).toMatchObject({ runs: 2, without_result: [] })
  const text = await Bun.file(out).text()
  expect(text).toContain('### turn')
  expect(text).toMatch(/\| position_per_s \| [\d,]+ \|/)
  await rm(dir, { recursive: true })
}, 60_000)

test('what stands around the figures stays, and a run without a result is said so', () => {
  const ran = (figures: Ran['figures']): Ran[] => [{ run: restart, figures, reason: 'no node' }]
  const first = documented('# Benchmarks\n\nBefore.\n', ran(null), 'full')
  expect(first).toContain('No result: no node')
  const second = documented(`${first}\nAfter.\n`, ran({ first_accepted_s: 3.5, orders_lost: 0, repeated: 0 }), 'full')
  expect(second).toStartWith('# Benchmarks\n\nBefore.\n')
  expect(second).toEndWith('\nAfter.\n')
  expect(second).toContain('| 3.5 s, 0 lost, 0 doubled | yes |')
  expect(second.indexOf('| met |')).toBeLessThan(second.indexOf('### restart'))
  expect(second).not.toContain('no node')
  expect(documented('', [{ run: turn, figures: { a: { b: 1 } }, reason: '' }], 'tiny')).toContain('| a.b | 1 |')
})

test('the sections and marks of runs that were not made stay as they were, each with its commit', () => {
  const run = (id: string): PlannedRun => PLAN.find(planned => planned.id === id) as PlannedRun
  const ran = (id: string, figures: object): Ran => ({ run: run(id), figures: figures as Ran['figures'], reason: '' })
  const all = [
    ran('orders', { commit: 'aaaaaaa', delivered_per_s: 7 }),
    ran('restart', { commit: 'aaaaaaa', first_accepted_s: 4 }),
    ran('turn', { commit: 'aaaaaaa', turns: 1 }),
  ]
  const first = documented('Before.\n', all, 'full')
  const second = documented(first, [ran('restart', { commit: 'bbbbbbb', first_accepted_s: 9 })], 'full')
  expect(second.split('\n').filter(line => /^### |^Commit/.test(line))).toEqual([
    '### orders',
    expect.stringMatching(/aaaaaaa/),
    '### restart',
    expect.stringMatching(/bbbbbbb/),
    '### turn',
    expect.stringMatching(/aaaaaaa/),
  ])
  expect(second).toContain('| turns | 1 |')
  expect(second).toMatch(/\| orders through .* \| 7\/s, /)
  expect(second).toMatch(/\| killed with .* \| 9 s, .* \| `bbbbbbb` \|/)
  expect(second).not.toContain('| 4 s')
  expect(documented(second, [], 'full')).toBe(second)
})

test('a figure that is not there meets no mark', () => {
  for (const mark of MARKS) expect(mark.judge(readerOf({})).isMet).toBe(false)
})

test('of a run in which nothing was answered, no latency meets a mark', () => {
  const nothing = { sent: 10, acked: 0, ack_p99_ms: 0, watch_p99_ms: 0, raw_commit_p99_ms: 3, lost: 0 }
  const reads = { sent: 10, answered: 0, failed: 0, p99_ms: 0 }
  const figures = readerOf({ ...nothing, http_nearby: reads, http_current: reads })
  const met = MARKS.filter(mark => /^(ingest-|nearby)/.test(mark.run) && mark.judge(figures).isMet)
  expect(met).toEqual([])
})

test.each(['ingest-2k', 'ingest-20k', 'ingest-100k', 'ingest-http', 'orders', 'restart'])(
  'however quick %s is, what is lost or stored twice meets no mark',
  id => {
    const quick = { sent: 10, acked: 10, acked_per_s: 1e6, delivered_per_s: 1e4, first_accepted_s: 1, lost: 0 }
    const whole = { ...quick, ack_p99_ms: 1, raw_commit_p99_ms: 3, watch_p99_ms: 1, orders_lost: 0, repeated: 0 }
    const isMet = (figures: object) =>
      MARKS.filter(mark => mark.run === id).map(mark => mark.judge(readerOf({ ...whole, ...figures })).isMet)
    expect(isMet({})).toEqual([true])
    expect(isMet({ lost: 1, orders_lost: 1 })).toEqual([false])
    expect(isMet({ repeated: 1 })).toEqual([false])
  },
)

test('a run that there is not is refused by name', () => {
  expect(allBench.run(['--only', 'walk'], () => {})).rejects.toThrow('"walk"')
})
