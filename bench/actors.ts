/**
 * What does an idle driver cost in memory, and does a position cost more where there are a hundred times as many drivers?
 *
 * One thread's host with a record that keeps nothing, so that the actors alone are measured; each size in a process of its own.
 * What to expect: a state of some 15 fields, a position of 8, a guard of 7, an announcement, a slot with its mailbox and timers, the
 * entries of the matching and the price cell: 8 objects of 100 bytes, four map entries of 50, names of 30: 1 to 1.5 KB. A position is
 * a few look-ups whatever the number; what grows are the misses of the processor's caches, by a third.
 */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import type { ActorFigures } from './actors/child.ts'
import type { DutyOf } from './actors/record-of-nothing.ts'
import { type Bench, type Figures, NoResultError } from './bench.ts'
import { numberFlag, readFlags } from './flags.ts'
import { rounded } from './rounded.ts'

const HELP = `bun run bench actors -- [flags]: the memory of idle drivers, and what a position costs among many

  --drivers N    of the large fleet (1000000)
  --small N      of the small one (10000)
  --positions N  measured, of each (200000)

Every driver reports each ten seconds of virtual time. Both fleets are measured on duty (known to their cells) and off duty.
`

export const actorsBench: Bench = {
  name: 'actors',
  question: 'What does an idle driver hold in memory, and what does a position cost among a million of them?',
  help: HELP,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['drivers', 'small', 'positions'])
    const large = numberFlag(values, 'drivers', 1_000_000, { min: 2, max: 5_000_000, whole: true })
    const small = numberFlag(values, 'small', 10_000, { min: 1, max: 1_000_000, whole: true })
    const positions = numberFlag(values, 'positions', 200_000, { min: 1, max: 10_000_000, whole: true })
    const loadBefore = rounded(loadavg()[0] ?? 0)
    const sizes = { small, large, positions, progress }
    const figures = {
      drivers: large,
      small_fleet: small,
      positions,
      on_duty: await comparison('available', sizes),
      off_duty: await comparison('offline', sizes),
      load_average_before: loadBefore,
    }
    return { figures, postgresVersion: null }
  },
}

interface Sizes {
  readonly small: number
  readonly large: number
  readonly positions: number
  readonly progress: (sentence: string) => void
}

async function comparison(duty: DutyOf, { small, large, positions, progress }: Sizes): Promise<Figures> {
  progress(`${small} drivers, ${duty}`)
  const few = await inItsOwnProcess(small, positions, duty)
  progress(`${large} drivers, ${duty}`)
  const many = await inItsOwnProcess(large, positions, duty)
  if (few.refused + many.refused > 0) throw new NoResultError(`${few.refused + many.refused} positions were not taken`)
  // By the growth from one to the other: what a host has anyway is in both.
  const grown = (of: (figures: ActorFigures) => number): number => (of(many) - of(few)) / Math.max(1, large - small)
  return {
    heap_bytes_per_driver: rounded(
      grown(figures => figures.heapBytes),
      0,
    ),
    resident_bytes_per_driver: rounded(
      grown(figures => figures.residentBytes),
      0,
    ),
    first_position_cpu_us: rounded(many.cpuUsPerFirstPosition),
    position_cpu_us_small: rounded(few.cpuUsPerPosition),
    position_cpu_us: rounded(many.cpuUsPerPosition),
    position_cost_of_small: rounded(many.cpuUsPerPosition / few.cpuUsPerPosition),
  }
}

async function inItsOwnProcess(drivers: number, positions: number, duty: DutyOf): Promise<ActorFigures> {
  const program = join(import.meta.dir, 'actors', 'child.ts')
  const child = Bun.spawn([process.execPath, program, String(drivers), String(positions), duty], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new NoResultError(`the process with ${drivers} drivers has failed`)
  return JSON.parse(text) as ActorFigures
}
