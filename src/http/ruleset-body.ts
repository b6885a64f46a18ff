/** Rulesets between the names of the public contract and those of the code. */

import { MATCHING_RES, parseCell, resolutionOf } from '../domain/h3.ts'
import type { CellId, UnixMs, ZoneId } from '../domain/ids.ts'
import type { PublishedRuleset } from '../domain/pricing/in-force.ts'
import {
  type AreaPrice,
  CANCEL_STAGES,
  type CancellationFee,
  type CancellationRules,
  type Ruleset,
  type TimeBand,
} from '../domain/pricing/ruleset.ts'
import { rulesetFaults } from '../domain/pricing/ruleset-faults.ts'
import { DEFAULT_SURGE, type SurgeRules } from '../domain/surge/surge-rules.ts'
import { type FieldError, invalid } from './problem.ts'
import { formatInstant, formatInstantOrNull, parseInstant } from './rfc3339.ts'
import type { NewRuleset, RulesetView, SurgeBody } from './schemas/ruleset.ts'

/** @throws {Refusal} `invalid`, naming each field whose value does not go with the others. */
export function publishedFrom(body: NewRuleset, nowMs: UnixMs): PublishedRuleset {
  const ruleset = rulesetFrom(body)
  const validFromMs = instantOf(body.valid_from) ?? nowMs
  const validToMs = instantOf(body.valid_to)
  const errors: FieldError[] = [...rulesetFaults(ruleset), ...cellFaults(body.cells ?? [])]
  if (validToMs !== null && validToMs <= validFromMs) {
    errors.push({ path: '/valid_to', message: 'Expected a time after valid_from' })
  }
  if (errors.length > 0) throw invalid(errors)
  const cells = body.cells ? [...new Set(body.cells as CellId[])].sort() : null
  return { ruleset, validFromMs, validToMs, cells, createdAtMs: nowMs }
}

function instantOf(text: string | null | undefined): UnixMs | null {
  return typeof text === 'string' ? parseInstant(text) : null
}

function cellFaults(cells: readonly string[]): FieldError[] {
  return cells.flatMap((text, i) => {
    const cell = parseCell(text)
    if (cell !== null && resolutionOf(cell) === MATCHING_RES) return []
    return [{ path: `/cells/${i}`, message: `Expected an H3 cell of resolution ${MATCHING_RES}` }]
  })
}

function rulesetFrom(body: NewRuleset): Ruleset {
  const { maximum_minor, by_vehicle_type, time_zone, time_bands, price_areas, surge, waiting, cancellation, no_show } =
    body
  return {
    version: body.version,
    currency: body.currency,
    baseMinor: body.base_minor,
    perKmMinor: body.per_km_minor,
    perMinuteMinor: body.per_minute_minor,
    minimumMinor: body.minimum_minor,
    ...(isGiven(maximum_minor) ? { maximumMinor: maximum_minor } : {}),
    roundToMinor: body.round_to_minor,
    ...(isGiven(by_vehicle_type) ? { byVehicleType: by_vehicle_type } : {}),
    ...(isGiven(time_zone) ? { timeZone: time_zone } : {}),
    ...(isGiven(time_bands) ? { timeBands: time_bands.map(bandFrom) } : {}),
    ...(isGiven(price_areas) ? { areas: price_areas.map(areaFrom) } : {}),
    ...(isGiven(surge) ? { surge: surgeFrom(surge) } : {}),
    ...(isGiven(waiting)
      ? {
          waiting: {
            freeS: waiting.free_s,
            perMinuteMinor: waiting.per_minute_minor,
            maximumMinor: waiting.maximum_minor,
          },
        }
      : {}),
    ...(isGiven(cancellation) ? { cancellation: cancellationFrom(cancellation) } : {}),
    ...(isGiven(no_show)
      ? {
          noShow: {
            afterS: no_show.after_s,
            feeMinor: no_show.fee_minor,
            sharePermille: no_show.share_permille,
            automatic: no_show.automatic ?? false,
          },
        }
      : {}),
  }
}

/** Left out or null: both mean "not given". */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}

type Given<T> = NonNullable<T>

function bandFrom(band: Given<NewRuleset['time_bands']>[number]): TimeBand {
  return {
    label: band.label,
    days: [...new Set(band.days)].sort(),
    fromMinute: minuteOf(band.from),
    toMinute: minuteOf(band.to),
    factorPermille: band.factor_permille,
  }
}

function areaFrom(area: Given<NewRuleset['price_areas']>[number]): AreaPrice {
  const { zone_id, label, at, factor_permille, add_minor } = area
  return {
    zoneId: zone_id as ZoneId,
    label,
    at,
    ...(isGiven(factor_permille) ? { factorPermille: factor_permille } : {}),
    ...(isGiven(add_minor) ? { addMinor: add_minor } : {}),
  }
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function surgeFrom(body: SurgeBody): SurgeRules {
  const house = DEFAULT_SURGE
  const { emergency_cap_permille: emergencyCap, mass_log_off: massLogOff } = body
  return {
    roundS: body.round_s ?? house.roundS,
    windowS: body.window_s ?? house.windowS,
    gridPermille: body.grid_permille ?? house.gridPermille,
    stepPermille: body.step_permille ?? house.stepPermille,
    movePermille: body.move_permille ?? house.movePermille,
    floorPermille: body.floor_permille ?? house.floorPermille,
    capPermille: body.cap_permille ?? house.capPermille,
    ...(isGiven(emergencyCap) ? { emergencyCapPermille: emergencyCap } : {}),
    balancePermille: body.balance_permille ?? house.balancePermille,
    slopePermille: body.slope_permille ?? house.slopePermille,
    demandMinPermille: body.demand_min_permille ?? house.demandMinPermille,
    smoothingPermille: body.smoothing_permille ?? house.smoothingPermille,
    hysteresisPermille: body.hysteresis_permille ?? house.hysteresisPermille,
    ringWeightsPermille: body.ring_weights_permille ?? house.ringWeightsPermille,
    soonPermille: body.soon_permille ?? house.soonPermille,
    leftHalfLifeS: body.left_half_life_s ?? house.leftHalfLifeS,
    leftWindowS: body.left_window_s ?? house.leftWindowS,
    massLogOff: {
      minimum: massLogOff?.minimum ?? house.massLogOff.minimum,
      sharePermille: massLogOff?.share_permille ?? house.massLogOff.sharePermille,
      usualPermille: massLogOff?.usual_permille ?? house.massLogOff.usualPermille,
    },
  }
}

function cancellationFrom(body: Given<NewRuleset['cancellation']>): CancellationRules {
  const byStage: { [K in (typeof CANCEL_STAGES)[number]]?: CancellationFee } = {}
  for (const stage of CANCEL_STAGES) {
    const fee = body.by_stage[stage]
    if (fee) byStage[stage] = { feeMinor: fee.fee_minor, sharePermille: fee.share_permille }
  }
  return { freeS: body.free_s, chargedRoles: body.charged_roles as string[], byStage }
}

// ---------------------------------------------------------------- and back

export function renderRuleset({ ruleset, validFromMs, validToMs, cells, createdAtMs }: PublishedRuleset): RulesetView {
  const { timeBands = [], areas = [], surge, waiting, cancellation, noShow } = ruleset
  return {
    version: ruleset.version,
    currency: ruleset.currency,
    base_minor: ruleset.baseMinor,
    per_km_minor: ruleset.perKmMinor,
    per_minute_minor: ruleset.perMinuteMinor,
    minimum_minor: ruleset.minimumMinor,
    maximum_minor: ruleset.maximumMinor ?? null,
    round_to_minor: ruleset.roundToMinor,
    by_vehicle_type: { ...ruleset.byVehicleType },
    time_zone: ruleset.timeZone ?? null,
    time_bands: timeBands.map(({ label, days, fromMinute, toMinute, factorPermille }) => ({
      label,
      days,
      from: timeOf(fromMinute),
      to: timeOf(toMinute),
      factor_permille: factorPermille,
    })),
    price_areas: areas.map(({ zoneId, label, at, factorPermille, addMinor }) => ({
      zone_id: zoneId,
      label,
      at,
      factor_permille: factorPermille ?? null,
      add_minor: addMinor ?? null,
    })),
    surge: surge ? snaked(surge) : null,
    waiting: waiting ? snaked(waiting) : null,
    cancellation: cancellation
      ? {
          free_s: cancellation.freeS,
          charged_roles: cancellation.chargedRoles,
          by_stage: Object.fromEntries(
            Object.entries(cancellation.byStage).map(([stage, fee]) => [stage, snaked(fee)]),
          ),
        }
      : null,
    no_show: noShow ? snaked(noShow) : null,
    valid_from: formatInstant(validFromMs),
    valid_to: formatInstantOrNull(validToMs),
    cells: cells === null ? null : [...cells],
    created_at: formatInstant(createdAtMs),
  }
}

/** Names of the code as those of the contract: `roundS` is `round_s`. Of figures only: no key here is data. */
function snaked(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? snaked(inner) : inner,
    ]),
  )
}
