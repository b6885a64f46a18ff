/** Which price list counts: where, and when. */
import type { CellId, UnixMs } from '../ids.ts'
import type { Ruleset } from './ruleset.ts'

export interface PublishedRuleset {
  readonly ruleset: Ruleset
  readonly validFromMs: UnixMs
  /** Excluded; null: until another one takes its place. */
  readonly validToMs: UnixMs | null
  /** The matching cells that it is for; null: everywhere. */
  readonly cells: readonly CellId[] | null
  readonly createdAtMs: UnixMs
}

/** The most specific one, then the one that began last, then the one that was made last. @returns null where none is valid. */
export function rulesetInForce(all: Iterable<PublishedRuleset>, area: CellId, atMs: UnixMs): PublishedRuleset | null {
  let best: PublishedRuleset | null = null
  for (const candidate of all) {
    if (isValid(candidate, area, atMs) && (best === null || beats(candidate, best))) best = candidate
  }
  return best
}

function isValid({ validFromMs, validToMs, cells }: PublishedRuleset, area: CellId, atMs: UnixMs): boolean {
  return validFromMs <= atMs && (validToMs === null || atMs < validToMs) && (cells === null || cells.includes(area))
}

function beats(a: PublishedRuleset, b: PublishedRuleset): boolean {
  if ((a.cells === null) !== (b.cells === null)) return a.cells !== null
  if (a.cells !== null && b.cells !== null && a.cells.length !== b.cells.length) return a.cells.length < b.cells.length
  if (a.validFromMs !== b.validFromMs) return a.validFromMs > b.validFromMs
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs > b.createdAtMs
  return a.ruleset.version > b.ruleset.version
}
