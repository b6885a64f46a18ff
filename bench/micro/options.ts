import { numberFlag, readFlags } from '../flags.ts'
import type { Rounds } from './by-turns.ts'

/** @throws {FlagError} */
export function readRounds(argv: readonly string[], operations: number): Rounds {
  const values = readFlags(argv, ['rounds', 'operations'])
  return {
    rounds: numberFlag(values, 'rounds', 9, { min: 1, max: 1_000, whole: true }),
    operations: numberFlag(values, 'operations', operations, { min: 100, max: 10_000_000, whole: true }),
  }
}

export function roundsHelp(name: string, what: string, operations: number): string {
  return `bun run bench ${name} -- [flags]: ${what}

  --rounds N       of each, by turns; the median counts (9)
  --operations N   of each round (${operations})

A closed loop on one thread: costs, not latencies. *_cpu_ns is CPU time, *_per_s is by the clock.
`
}
