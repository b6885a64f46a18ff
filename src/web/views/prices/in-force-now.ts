import type { CellId } from '../../../domain/ids.ts'
import { type PublishedRuleset, rulesetInForce } from '../../../domain/pricing/in-force.ts'
import type { Ruleset } from '../../shared/manage.ts'

export type Standing = 'in_force' | 'later' | 'ended' | 'behind'

/** A cell that no ruleset names: there those for everywhere count. */
const ELSEWHERE = '' as CellId

/**
 * How each stands now, by the rule of the engine itself. `behind`: valid, but another one counts wherever it would.
 * @param all  every one that is valid; one that is missing here counts nowhere.
 */
export function standingsOf(all: readonly Ruleset[], atMs: number): ReadonlyMap<string, Standing> {
  const published = all.map(publishedOf)
  const areas = [ELSEWHERE, ...new Set(published.flatMap(({ cells }) => cells ?? []))]
  const winning = new Set(areas.map(area => rulesetInForce(published, area, atMs)?.ruleset.version))
  return new Map(all.map(ruleset => [ruleset.version, standingOf(ruleset, winning.has(ruleset.version), atMs)]))
}

function standingOf({ valid_from, valid_to }: Ruleset, isWinning: boolean, atMs: number): Standing {
  if (isWinning) return 'in_force'
  if (Date.parse(valid_from) > atMs) return 'later'
  return valid_to !== null && Date.parse(valid_to) <= atMs ? 'ended' : 'behind'
}

/** Of its figures only the version is looked at. */
function publishedOf({ version, valid_from, valid_to, cells, created_at }: Ruleset): PublishedRuleset {
  return {
    ruleset: { version } as PublishedRuleset['ruleset'],
    validFromMs: Date.parse(valid_from),
    validToMs: valid_to === null ? null : Date.parse(valid_to),
    cells: cells as readonly CellId[] | null,
    createdAtMs: Date.parse(created_at),
  }
}
