/** The short version of `bun run mutate`: a handful of guards, and that all of them are still where they were. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { ArgsError, type Part, readArgs } from './args.ts'
import { runChild } from './child.ts'
import { simulator } from './detectors.ts'
import { documentOf } from './document.ts'
import { ALL_GUARDS, GUARDS } from './guards.ts'
import { type Mutant, type Mutation, mutantOf, mutated, StaleMutationError } from './mutation.ts'
import { summary } from './report.ts'
import type { Verdict } from './run.ts'
import { Scratch } from './scratch.ts'
import { statementEdits } from './statement-operators.ts'

const ROOT = join(import.meta.dir, '../..')
const SEEDS = { first: 1, count: 40 }

let scratch: Scratch
beforeAll(async () => {
  scratch = await Scratch.of(ROOT)
})
afterAll(() => scratch.remove())

test('every guard is in the source, once', async () => {
  const stale: string[] = []
  for (const guard of ALL_GUARDS) {
    try {
      mutantOf(guard, await Bun.file(join(ROOT, guard.file)).text())
    } catch (error) {
      if (!(error instanceof StaleMutationError)) throw error
      stale.push(error.message)
    }
  }
  expect(stale).toEqual([])
  expect(new Set(ALL_GUARDS.map(g => g.id)).size).toBe(ALL_GUARDS.length)
  // Rows of the page are known by them.
  expect(new Set(ALL_GUARDS.map(g => g.guard)).size).toBe(ALL_GUARDS.length)
})

/** A name that is not there would throw, and whatever notices that has not noticed the guard. */
test('what a replacement calls is known in its file', async () => {
  const unknown: string[] = []
  for (const { id, file, replace } of ALL_GUARDS) {
    const words = new Set((await Bun.file(join(ROOT, file)).text()).match(/\w+/g))
    const called = [...replace.matchAll(/(?<![.\w])([a-z]\w*)\(/gi)].map(([, name = '']) => name)
    unknown.push(...called.filter(name => !words.has(name)).map(name => `${id}: ${name}`))
  }
  expect(unknown).toEqual([])
})

/** Of each kind one that the simulator notices soon. */
const SOON = ['order-claim', 'order-key', 'order-delivery-release', 'order-place-again']

test.each(SOON)(
  'the simulator notices that %s is gone',
  async id => {
    const mutant = await mutantCalled(id)
    const finding = await scratch.with(mutant, () => simulator(scratch.dir, SEEDS))
    expect(finding).toMatchObject({ detector: 'simulator', seed: expect.any(Number) })
  },
  60_000,
)

test('the source is as it was afterwards, and passes', async () => {
  const mutant = await mutantCalled('order-claim')
  const before = await scratch.text(mutant.file)
  await scratch.with(mutant, async () => expect(await scratch.text(mutant.file)).not.toBe(before))
  expect(await scratch.text(mutant.file)).toBe(before)
  expect(await simulator(scratch.dir, { first: 1, count: 2 })).toBeNull()
}, 60_000)

async function mutantCalled(id: string): Promise<Mutant> {
  const guard = GUARDS.find(g => g.id === id) as Mutation
  return mutantOf(guard, await scratch.text(guard.file))
}

test('a process that spins is killed, and called a hang', async () => {
  const limits = { cwd: ROOT, silenceMaxMs: 300, ageMaxMs: 10_000 }
  expect(await runChild(['-e', 'console.log("on"); for (;;);'], limits)).toMatchObject({ kind: 'hang' })
  expect(await runChild(['-e', 'process.exit(3)'], { ...limits, silenceMaxMs: 5_000 })).toMatchObject({
    kind: 'ended',
    code: 3,
  })
})

test('a process that gets little of the machine is waited for; one that waits for ever is not', async () => {
  const limits = { cwd: ROOT, silenceMaxMs: 150, ageMaxMs: 10_000 }
  expect(await runChild(['-e', 'await Bun.sleep(500)'], limits)).toMatchObject({ kind: 'ended', code: 0 })
  expect(await runChild(['-e', 'setInterval(() => {}, 60_000)'], limits)).toMatchObject({ kind: 'hang' })
})

test('a text that is there twice, or not at all, is no mutation', () => {
  const mutation = { id: 'm', guard: 'g', file: 'f', find: 'a', replace: 'b', why: 'w' }
  expect(() => mutantOf(mutation, 'a a')).toThrow(StaleMutationError)
  expect(() => mutantOf(mutation, 'c')).toThrow(StaleMutationError)
  expect(mutated('cat', mutantOf(mutation, 'cat'))).toBe('cbt')
})

test('mutants of the commit statement leave its comments and the code around it alone', async () => {
  const text = await Bun.file(join(ROOT, 'src/store/commit-statement.ts')).text()
  const edits = statementEdits(text)
  const sqlAt = text.indexOf('export const COMMIT_SQL')
  expect(edits.length).toBeGreaterThan(50)
  expect(edits.filter(e => e.start < sqlAt)).toEqual([])
})

test('the page keeps the part that was not run', () => {
  const figures = summary({ hand: [], generated: [], sampled: { mutants: [], places: 7 }, guards: GUARDS })
  const options = { only: null, part: null, seedsMax: 1, seed: 1, lanes: 1, json: true, write: true }
  const first = documentOf('', figures, { ...options, hand: true, edge: false, generated: 0 })
  const both = documentOf(first, figures, { ...options, hand: false, edge: false, generated: 3 })
  expect(both).toContain('Guards picked by hand')
  expect(both).toContain('A sample of 3')
  expect(documentOf(both, figures, { ...options, hand: true, edge: false, generated: 0 })).toBe(both)
})

test('a run of some guards rewrites their rows and no others, and the figures are those of all rows', () => {
  const options = { only: null, seedsMax: 40, seed: 31, lanes: 1, json: true, write: true }
  const hand = { ...options, hand: true, edge: false, generated: 0 }
  const sampled = { mutants: [], places: 0 }
  const verdictOf = (guard: Mutation, isCaught: boolean): Verdict => ({
    mutant: { id: guard.id, file: guard.file, start: 0, end: 0, replacement: '', label: '' },
    simulator: null,
    tests: isCaught ? { detector: 'tests', how: 'failed test', seeds: null, seed: null, what: 'a < b | c' } : null,
    tookMs: 1,
  })
  const pageAfter = (before: string, part: Part, isCaught: boolean) => {
    const guards = GUARDS.filter((_, i) => i % part.of === part.n - 1)
    const verdicts = guards.map(guard => verdictOf(guard, isCaught))
    const figures = summary({ hand: verdicts, generated: [], sampled, guards: ALL_GUARDS })
    return documentOf(before, figures, { ...hand, part })
  }
  const [some, others] = [Math.ceil(GUARDS.length / 2), Math.floor(GUARDS.length / 2)]

  const first = pageAfter('', { n: 1, of: 2 }, true)
  expect(first).toContain(`**${some} of ${some} caught**: tests ${some} (`)
  expect(first).toContain('### Not asked yet')

  const both = pageAfter(first, { n: 2, of: 2 }, false)
  expect(both).toContain(`**${some} of ${GUARDS.length} caught**: tests ${some} (`)
  expect(both).not.toContain('### Not asked yet')
  expect(both.split('\n').filter(line => line.startsWith('- `'))).toHaveLength(others)

  const whole = pageAfter(both, { n: 2, of: 2 }, true)
  expect(whole).toContain(`**${GUARDS.length} of ${GUARDS.length} caught**: tests ${GUARDS.length} (`)
  expect(pageAfter(whole, { n: 1, of: 2 }, true)).toBe(whole)
})

test('parts of a run have each guard once', () => {
  expect(readArgs(['--part', '3/12'])).toMatchObject({ hand: true, part: { n: 3, of: 12 } })
  for (const text of ['0/3', '4/3', '1', '1/2/3', 'a/b']) expect(() => readArgs(['--part', text])).toThrow(ArgsError)
})

test('options that cannot be are refused by name', () => {
  expect(readArgs([])).toMatchObject({ hand: true, generated: 0 })
  expect(readArgs(['--generated', '5'])).toMatchObject({ hand: false, edge: false, generated: 5 })
  expect(readArgs(['--only', 'order-amend,driver-doubt'])).toMatchObject({
    hand: true,
    only: ['order-amend', 'driver-doubt'],
  })
  expect(readArgs(['--edge'])).toMatchObject({ hand: false, edge: true, generated: 0 })
  expect(() => readArgs(['--lanes', '3'])).toThrow(ArgsError)
  expect(() => readArgs(['--what'])).toThrow(ArgsError)
})
