import { expect, test } from 'bun:test'
import { HEADLINES, runCampaign } from './campaign.ts'

const EVERYTHING = ['dropped', 'duplicated', 'delayed', 'misled', 'requestFails', 'appendFails', 'memberFails']

function campaign(seeds: number, without: readonly string[] = []) {
  return runCampaign({
    from: 1n,
    seeds,
    untilMs: Number.POSITIVE_INFINITY,
    nowMs: () => performance.now(),
    cpuMs: () => performance.now(),
    without: new Set(without),
    onViolation: (seed, _, failure) => {
      throw new Error(`seed ${seed}: ${failure.message}`)
    },
  })
}

test('what was met is told by name, and what was not is named', () => {
  const quiet = campaign(1, [...EVERYTHING, ...Array.from({ length: 14 }, (_, n) => `fault_${n}`)])

  expect(Object.keys(quiet)).toEqual(expect.arrayContaining([...HEADLINES]))
  expect(quiet.takeovers).toBe(0)
  expect(quiet.not_met).toContain('takeovers')
  expect(quiet.not_met).toContain('ambiguous_commits_landed')
})

test('a run that met nothing of what it must meet fails, and says so', async () => {
  const argv = [process.execPath, `${import.meta.dir}/main.ts`, '--seeds', '1']
  const run = Bun.spawn(argv, { stdout: 'pipe', stderr: 'pipe' })
  const [code, told] = await Promise.all([run.exited, new Response(run.stderr).text()])

  expect(code).toBe(1)
  expect(told).toContain('this run proves nothing about it')
})
