/** Why this driver, and why not the others: what the matching cell noted, in the shape of the contract. */
import type { Json, JsonObject } from '../../actors/runtime/turn.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { formatInstant } from '../rfc3339.ts'
import type { DecisionView } from '../schemas/order.ts'
import { isJsonObject } from './json.ts'

/** Notes outlive the version that wrote them, so what an old one lacks is null rather than an error. */
export function renderDecision(atMs: UnixMs, body: JsonObject): DecisionView {
  const { cell, window_ms, chosen, candidates, ...more } = body
  return {
    ...more,
    at: formatInstant(atMs),
    cell: textOrNull(cell),
    window_ms: numberOrNull(window_ms),
    chosen: renderChosen(chosen),
    candidates: Array.isArray(candidates) ? candidates.filter(isJsonObject).map(renderCandidate) : [],
  }
}

function renderChosen(chosen: Json | undefined): DecisionView['chosen'] {
  if (!isJsonObject(chosen)) return null
  return {
    driver_id: textOrNull(chosen.driver_id) ?? '',
    pickup_eta_s: numberOrNull(chosen.pickup_eta_s) ?? 0,
    cost: numberOrNull(chosen.cost) ?? 0,
  }
}

function renderCandidate(candidate: JsonObject): DecisionView['candidates'][number] {
  return {
    driver_id: textOrNull(candidate.driver_id) ?? '',
    pickup_eta_s: numberOrNull(candidate.pickup_eta_s),
    cost: numberOrNull(candidate.cost),
    terms: isJsonObject(candidate.terms) ? candidate.terms : {},
    excluded_by: textOrNull(candidate.excluded_by),
  }
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function numberOrNull(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}
