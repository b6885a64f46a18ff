/** Computes a stored fare again from what was recorded with it, and says where a stored amount is another one. */
import type { Adjustment } from './adjustments.ts'
import { cancellationLines, fareOf, noShowLines, tripNotMade, waitingCharge } from './adjustments.ts'
import { type Fare, type FareLine, type PriceInputs, price } from './price.ts'
import { type AdjustmentRules, adjustmentRulesOf, type Ruleset } from './ruleset.ts'

export interface StoredFare {
  readonly price: Fare
  readonly inputs: PriceInputs
  readonly rules: AdjustmentRules
  readonly adjustments: readonly Adjustment[]
}

export interface FareDifference {
  /** Which amount: `amount`, `breakdown/surge`, `adjustments/0` … */
  readonly what: string
  readonly stored: unknown
  readonly computed: unknown
}

export interface Recomputed {
  readonly quotedMinor: number
  /** With the adjustments. */
  readonly fareMinor: number
  readonly differences: readonly FareDifference[]
}

/** @throws {RangeError} where the recorded inputs are none that a fare can be computed from. */
export function recomputed(stored: StoredFare, ruleset: Ruleset): Recomputed {
  const fare = price(stored.inputs, ruleset)
  const rules = adjustmentRulesOf(ruleset)
  const adjustments = stored.adjustments.map(line => againLine(line, rules, fare.amount))
  return {
    quotedMinor: fare.amount,
    fareMinor: fareOf(
      fare.amount,
      adjustments.flatMap(line => line ?? []),
    ),
    differences: [
      ...differing('amount', stored.price.amount, fare.amount),
      ...differing('currency', stored.price.currency, fare.currency),
      ...differingLines(stored.price.breakdown, fare.breakdown),
      ...differing('rules', stored.rules, rules),
      ...stored.adjustments.flatMap((line, i) => differing(`adjustments/${i}`, line, adjustments[i] ?? null)),
      ...repeatedLines(stored.adjustments),
    ],
  }
}

/** A line carries what it was computed from. @returns null where the rules give none. */
function againLine(line: Adjustment, rules: AdjustmentRules, quotedMinor: number): Adjustment | null {
  switch (line.code) {
    case 'waiting':
      return waitingCharge(rules, line.fromMs, line.toMs)
    case 'trip_not_made':
      return rules.cancellation || rules.noShow ? tripNotMade(quotedMinor) : null
    case 'no_show_fee': {
      const { fromMs, atMs } = line
      return noShowLines(rules, { quotedMinor, fromMs, atMs }).find(({ code }) => code === line.code) ?? null
    }
    case 'cancellation_fee': {
      const { stage: status, role, assignedAtMs, atMs } = line
      const lines = cancellationLines(rules, { quotedMinor, status, role, assignedAtMs, atMs })
      return lines.find(({ code }) => code === line.code) ?? null
    }
  }
}

function differingLines(stored: readonly FareLine[], computed: readonly FareLine[]): FareDifference[] {
  const codes = new Set([...stored, ...computed].map(line => line.code))
  return [...codes].flatMap(code => {
    const lineOf = (lines: readonly FareLine[]) => lines.filter(line => line.code === code)
    return differing(`breakdown/${code}`, lineOf(stored), lineOf(computed))
  })
}

/** A trip is given back once, and its end is charged once. Waiting may be, if it was carried by two drivers. */
function repeatedLines(adjustments: readonly Adjustment[]): FareDifference[] {
  return (['trip_not_made', 'cancellation_fee', 'no_show_fee'] as const).flatMap(code => {
    const times = adjustments.filter(line => line.code === code).length
    return times > 1 ? [{ what: `adjustments: ${code}`, stored: times, computed: 1 }] : []
  })
}

/** @returns nothing where they say the same. */
export function differing(what: string, stored: unknown, computed: unknown): FareDifference[] {
  return canonical(stored) === canonical(computed) ? [] : [{ what, stored, computed }]
}

/** The record gives the keys of an object back in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
