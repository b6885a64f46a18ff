/** What another price list would have done to fares of the past, in figures that somebody can decide by. */

export interface ComparedFare {
  readonly beforeMinor: number
  readonly afterMinor: number
}

export interface FareComparison<T extends ComparedFare> {
  readonly count: number
  readonly dearer: number
  readonly cheaper: number
  readonly same: number
  readonly beforeMinor: number
  readonly afterMinor: number
  /** Of the differences, those that are 0 included; null where there is no fare. */
  readonly difference: { readonly p10: number; readonly p50: number; readonly p90: number } | null
  /** Those that would change most, the greatest rise first, the greatest fall last. */
  readonly examples: readonly T[]
}

/** @param examplesMax  half of them rises, half of them falls; where there are few of one, there are more of the other. */
export function compareFares<T extends ComparedFare>(fares: readonly T[], examplesMax: number): FareComparison<T> {
  const sorted = [...fares].sort((a, b) => differenceOf(b) - differenceOf(a))
  const differences = sorted.map(differenceOf).reverse()
  const rises = sorted.filter(fare => differenceOf(fare) > 0)
  const falls = sorted.filter(fare => differenceOf(fare) < 0)
  return {
    count: fares.length,
    dearer: rises.length,
    cheaper: falls.length,
    same: fares.length - rises.length - falls.length,
    beforeMinor: sum(fares.map(fare => fare.beforeMinor)),
    afterMinor: sum(fares.map(fare => fare.afterMinor)),
    difference: differences.length === 0 ? null : percentilesOf(differences),
    examples: extremes(rises, falls, examplesMax),
  }
}

export function differenceOf({ beforeMinor, afterMinor }: ComparedFare): number {
  return afterMinor - beforeMinor
}

function extremes<T>(rises: readonly T[], falls: readonly T[], max: number): T[] {
  const half = Math.ceil(max / 2)
  const risen = Math.min(rises.length, Math.max(half, max - falls.length))
  const fallen = Math.min(falls.length, max - risen)
  return [...rises.slice(0, risen), ...falls.slice(falls.length - fallen)]
}

/** Nearest rank: each is a difference that there was. */
function percentilesOf(ascending: readonly number[]) {
  const at = (share: number) => ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? 0
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
