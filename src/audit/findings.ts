/** What an audit has found wrong. Counted all, listed up to a limit. */
export const FINDING_KINDS = [
  /** Acknowledged, and not in the record as it was acknowledged. */
  'lost',
  /** One key with two orders, one position stored twice. */
  'repeated',
  /** Two drivers had, or were told that they have, one order. */
  'double_assigned',
  /** An offer was won although it was over, or was called over although it had been won. */
  'revoked_accepted',
  'beyond_capacity',
  /** The record contradicts itself, or shows what nobody has asked for. */
  'journal_violations',
] as const

export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  readonly kind: FindingKind
  readonly what: string
  readonly about: Readonly<Record<string, unknown>>
}

const LISTED_MAX = 50

export class Findings {
  readonly listed: Finding[] = []
  readonly #counts = new Map<FindingKind, number>()

  get total(): number {
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  /** @param times  how many of the same this stands for. */
  add(finding: Finding, times = 1): void {
    this.#counts.set(finding.kind, this.count(finding.kind) + times)
    if (this.listed.length < LISTED_MAX) this.listed.push(finding)
  }

  count(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0
  }
}
