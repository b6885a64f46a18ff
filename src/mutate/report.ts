/** What is told about a run: a line per mutant, and the figures. */
import { equivalenceOf } from './equivalents.ts'
import type { Sampled } from './generate.ts'
import type { Mutation } from './mutation.ts'
import { findingOf, isCaught, type Verdict } from './run.ts'

export interface Survivor {
  readonly id: string
  readonly why: string
}

export interface Figures {
  readonly total: number
  readonly caught: number
  /** Each detector on its own: where both were asked, both may have noticed. */
  readonly caught_by: Readonly<Record<string, number>>
  readonly hangs: number
  readonly survivors: readonly Survivor[]
  readonly mutants: readonly MutantFigures[]
  readonly generated: {
    /** Without the equivalent ones. */
    readonly total: number
    readonly caught: number
    readonly caught_share: number | null
    readonly caught_by: Readonly<Record<string, number>>
    readonly hangs: number
    /** Change nothing that anybody could see; each explained. */
    readonly equivalent: readonly Survivor[]
    readonly survivors: readonly Survivor[]
    /** Places that mutants can be made of. */
    readonly places: number
    readonly mutants: readonly MutantFigures[]
  }
}

export interface MutantFigures {
  readonly id: string
  readonly caught_by: readonly string[]
  /** The first seed that failed, and how many were run until then. */
  readonly seed: number | null
  readonly seeds: number | null
  readonly how: string | null
  readonly what: string | null
}

const WHAT_MAX = 110

export const DETECTORS = ['simulator', 'tests', 'record', 'types'] as const

function noticedBy(verdict: Verdict): string[] {
  return DETECTORS.filter(name => verdict[name] != null)
}

export function progressLine(verdict: Verdict): string {
  const finding = findingOf(verdict)
  const { mutant, tookMs } = verdict
  const seeds = verdict.simulator?.seeds ? ` after ${verdict.simulator.seeds} seeds` : ''
  const what = finding ? `${finding.how}: ${finding.what.split('\n')[0]?.slice(0, WHAT_MAX)}` : ''
  const outcome = finding ? `caught by ${noticedBy(verdict).join(', ')}${seeds}` : 'SURVIVES'
  return `${mutant.id} (${tookMs} ms): ${outcome}  ${what}`
}

function figuresOf(verdict: Verdict): MutantFigures {
  const finding = findingOf(verdict)
  const { seed = null, seeds = null } = verdict.simulator ?? {}
  const what = finding?.what.split('\n')[0]?.slice(0, WHAT_MAX) ?? null
  return { id: verdict.mutant.id, caught_by: noticedBy(verdict), seed, seeds, how: finding?.how ?? null, what }
}

function countBy(verdicts: readonly Verdict[]): Record<string, number> {
  return Object.fromEntries(DETECTORS.map(name => [name, verdicts.filter(v => v[name] != null).length]))
}

function hangsOf(verdicts: readonly Verdict[]): number {
  return verdicts.filter(v => findingOf(v)?.how === 'hang').length
}

export interface Outcome {
  readonly hand: readonly Verdict[]
  readonly generated: readonly Verdict[]
  readonly sampled: Sampled
  readonly guards: readonly Mutation[]
}

export function summary({ hand, generated, sampled, guards }: Outcome): Figures {
  const judged = generated.map(verdict => ({ verdict, equivalent: equivalenceOf(verdict.mutant) }))
  const equivalent = judged.filter(j => !isCaught(j.verdict) && j.equivalent !== null)
  const counted = judged.filter(j => isCaught(j.verdict) || j.equivalent === null).map(j => j.verdict)
  const caught = counted.filter(isCaught)
  return {
    total: hand.length,
    caught: hand.filter(isCaught).length,
    caught_by: countBy(hand),
    hangs: hangsOf(hand),
    survivors: hand
      .filter(v => !isCaught(v))
      .map(v => ({ id: v.mutant.id, why: guards.find(g => g.id === v.mutant.id)?.why ?? '' })),
    mutants: hand.map(figuresOf),
    generated: {
      total: counted.length,
      caught: caught.length,
      caught_share: counted.length === 0 ? null : Math.round((caught.length / counted.length) * 1_000) / 1_000,
      caught_by: countBy(counted),
      hangs: hangsOf(counted),
      equivalent: equivalent.map(j => ({ id: j.verdict.mutant.id, why: j.equivalent ?? '' })),
      survivors: counted.filter(v => !isCaught(v)).map(v => ({ id: v.mutant.id, why: v.mutant.label })),
      places: sampled.places,
      mutants: counted.map(figuresOf),
    },
  }
}
