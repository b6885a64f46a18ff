/**
 * Computes the multiplier of an order again: from the stored round that it names, and that round from what was stored with it.
 * So a multiplier that somebody has changed is found in the order, and one that was changed in the round too.
 */
import type { OrderState } from '../actors/order/order.state.ts'
import { type CellId, timeOfQuote } from '../domain/ids.ts'
import { chargeable } from '../domain/pricing/charged-surge.ts'
import { differing, type FareDifference } from '../domain/pricing/recompute.ts'
import type { Ruleset } from '../domain/pricing/ruleset.ts'
import { areaOf } from '../domain/surge/neighbourhood.ts'
import { cellIn, neutral, recomputedCells } from '../domain/surge/recompute-round.ts'
import { type CellSurge, NEUTRAL_PERMILLE, type SurgeRound } from '../domain/surge/surge-round.ts'
import { NO_SURGE } from '../domain/surge/surge-rules.ts'
import type { KnownRulesets } from './known-rulesets.ts'
import type { Sql } from './postgres.ts'
import { storedRound } from './postgres-price-log.ts'

/** In permille. */
export interface RecomputedSurge {
  readonly cell: CellId
  readonly round: number
  /** What the fare was computed with, and what the round that it names gives. */
  readonly charged: { readonly stored: number; readonly computed: number | null }
  /** What that round has for the cell, and what follows from the counts and the round before that are stored. */
  readonly in_round: { readonly stored: number | null; readonly computed: number | null }
  /** Why something is null. */
  readonly unknown: string | null
}

export interface SurgeCheck {
  readonly surge: RecomputedSurge
  readonly differences: readonly FareDifference[]
}

interface CheckedRound {
  readonly round: SurgeRound
  /** By cell, the others are neutral; null where it cannot be computed again. */
  readonly computed: ReadonlyMap<CellId, CellSurge> | null
  readonly unknown: string | null
}

/** Many orders name the same round; beyond this it begins anew. */
const ROUNDS_MAX = 1_000

export class SurgeRounds {
  readonly #sql: Sql
  readonly #rulesets: KnownRulesets
  readonly #known = new Map<string, CheckedRound | null>()

  constructor(sql: Sql, rulesets: KnownRulesets) {
    this.#sql = sql
    this.#rulesets = rulesets
  }

  /** @param ruleset  that the order was priced by. @throws {StoreUnavailableError} */
  async check(order: OrderState, ruleset: Ruleset): Promise<SurgeCheck | null> {
    const { pricing } = order.terms
    if (!pricing) return null
    const { cell, round } = pricing.surge
    const found = round === 0 ? null : await this.#round(areaOf(cell), round)
    const stored = pricing.inputs.surgePermille
    if (round !== 0 && found === null) return gone(cell, round, stored)
    const said = found ? cellIn(found.round, cell) : neutral(cell)
    const again = found?.computed ? (found.computed.get(cell) ?? neutral(cell)) : null
    const possible = chargeable({
      ruleset,
      pricedAtMs: pricedAtMs(order),
      dueAtMs: pricing.dueAtMs,
      stored: found && { multiplierPermille: said.multiplierPermille, atMs: found.round.atMs },
    })
    const charged = { stored, computed: possible.includes(stored) ? stored : (possible[0] ?? NEUTRAL_PERMILLE) }
    const in_round = { stored: found && said.multiplierPermille, computed: again?.multiplierPermille ?? null }
    return {
      surge: { cell, round, charged, in_round, unknown: found?.unknown ?? null },
      differences: [
        ...differing(`multiplier, against round ${round}`, charged.stored, charged.computed),
        ...(again === null ? [] : differingCells(round, said, again)),
      ],
    }
  }

  async #round(area: CellId, round: number): Promise<CheckedRound | null> {
    const key = `${area} ${round}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= ROUNDS_MAX) this.#known.clear()
    const read = await storedRound(this.#sql, area, round)
    const checked = read && (await this.#computed(read))
    this.#known.set(key, checked)
    return checked
  }

  async #computed(round: SurgeRound): Promise<CheckedRound> {
    const unknown = (why: string) => ({ round, computed: null, unknown: `round ${round.round}: ${why}` })
    if (round.basis === null) return unknown('stored by an older version, which did not say what it came from')
    const { previousRound } = round.basis
    const previous = previousRound === null ? null : await storedRound(this.#sql, round.area, previousRound)
    if (previousRound !== null && previous === null) return unknown(`the one before it, ${previousRound}, is forgotten`)
    const ruleset = round.rulesetVersion === '' ? null : await this.#rulesets.of(round.rulesetVersion)
    if (ruleset === null && round.rulesetVersion !== '') return unknown(`its ruleset ${round.rulesetVersion} is gone`)
    const rules = ruleset?.surge ?? NO_SURGE
    return { round, computed: recomputedCells({ round, previous, rules }), unknown: null }
  }
}

function differingCells(round: number, stored: CellSurge, computed: CellSurge): FareDifference[] {
  const { cell } = stored
  return [
    ...differing(`round ${round}, multiplier of ${cell}`, stored.multiplierPermille, computed.multiplierPermille),
    ...differing(`round ${round}, smoothed of ${cell}`, stored.smoothedPermille, computed.smoothedPermille),
  ]
}

function gone(cell: CellId, round: number, stored: number): SurgeCheck {
  const nothing = { stored: null, computed: null }
  const unknown = `round ${round} is not stored any more`
  return { surge: { cell, round, charged: { stored, computed: null }, in_round: nothing, unknown }, differences: [] }
}

/** As nearly as is recorded: with a quote the instant of that, else that of the order. */
function pricedAtMs({ terms: { quoteId }, createdAtMs }: OrderState): number {
  return quoteId === null ? createdAtMs : timeOfQuote(quoteId)
}
