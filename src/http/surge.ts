/** The multipliers of price cells, wherever their metropolises are priced. */
import type { CellPrice } from '../actors/cell/pricing-area.messages.ts'
import type { CellId } from '../domain/ids.ts'
import { charged } from '../domain/pricing/charged-surge.ts'
import { areaOf } from '../domain/surge/neighbourhood.ts'
import type { Http } from './context.ts'
import { runtimeRefusal } from './replies.ts'

export interface SurgeOfCell extends CellPrice {
  readonly round: number
}

/** In the order given. @throws {Refusal} 503 where an area does not answer. */
export async function readSurge(
  http: Pick<Http, 'gateway' | 'rulesets'>,
  cells: readonly CellId[],
): Promise<SurgeOfCell[]> {
  const byArea = Map.groupBy(cells, areaOf)
  const answers = await Promise.all([...byArea].map(([area, own]) => surgeOfArea(http, area, own)))
  const known = new Map(answers.flat().map(surge => [surge.cell, surge]))
  return cells.flatMap(cell => known.get(cell) ?? [])
}

async function surgeOfArea(
  { gateway, rulesets }: Pick<Http, 'gateway' | 'rulesets'>,
  area: CellId,
  cells: readonly CellId[],
): Promise<SurgeOfCell[]> {
  const [published, reply] = await Promise.all([
    rulesets.inForce(area),
    gateway.askPricing(area, { kind: 'pricing.read', cells }),
  ])
  if (reply.kind !== 'surge') throw runtimeRefusal(reply)
  return reply.cells.map(cell => ({
    ...cell,
    multiplierPermille: published ? charged(cell.multiplierPermille, published.ruleset) : cell.multiplierPermille,
    round: reply.round,
  }))
}

export function renderSurge({ cell, multiplierPermille, demand, supply, round }: SurgeOfCell) {
  return { cell, multiplier: multiplierPermille / 1_000, demand, supply, round }
}
