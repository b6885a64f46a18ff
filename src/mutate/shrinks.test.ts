/** What the simulator finds is worth little if nobody can read it: with a guard removed, the run that fails shrinks to a few parts. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { runChild } from './child.ts'
import { GUARDS } from './guards.ts'
import { mutantOf } from './mutation.ts'
import { Scratch } from './scratch.ts'

const ROOT = join(import.meta.dir, '../..')
const SEEDS = 6
const PARTS_MAX = 6

const REMOVED = [
  { guard: 'order-key', invariant: '(h)' },
  { guard: 'unknown-taken-for-landed', invariant: '(i)' },
] as const

test.each(REMOVED)(
  'without $guard, what breaks $invariant shrinks to a few parts',
  async ({ guard, invariant }) => {
    const scratch = await Scratch.of(ROOT)
    try {
      const mutation = GUARDS.find(g => g.id === guard)
      if (!mutation) throw new Error(`there is no guard ${guard}`)
      const mutant = mutantOf(mutation, await scratch.text(mutation.file))
      const { output, code } = await scratch.with(mutant, () => simulate(scratch.dir))
      const shrunk = [...output.matchAll(/to step \d+: (\([a-z]\)).*\nit takes (\d+) of (\d+) parts/g)]

      expect(code).toBe(1)
      expect(shrunk.length).toBeGreaterThan(0)
      for (const [, broken, needed] of shrunk) {
        expect(broken).toBe(invariant)
        expect(Number(needed)).toBeLessThanOrEqual(PARTS_MAX)
      }
    } finally {
      await scratch.remove()
    }
  },
  120_000,
)

function simulate(dir: string) {
  const argv = [join(dir, 'src/simulator/main.ts'), '--seeds', String(SEEDS)]
  return runChild(argv, { cwd: dir, silenceMaxMs: 60_000, ageMaxMs: 100_000 })
}
