/**
 * What no schema of single fields can say of a ruleset: how its figures belong together. Whatever passes here gives a fare
 * for every trip whose lines stay whole numbers (`NoFareError`), and keeps the promises of surge.
 */
import type { SurgeRules } from '../surge/surge-rules.ts'
import { isTimeZone } from './local-time.ts'
import type { Ruleset, TimeBand } from './ruleset.ts'

export interface RulesetFault {
  /** A JSON pointer, with the names of the public contract. */
  readonly path: string
  readonly message: string
}

const NEUTRAL = 1_000

export function rulesetFaults(ruleset: Ruleset): RulesetFault[] {
  return [
    ...fareFaults(ruleset),
    ...bandFaults(ruleset),
    ...areaFaults(ruleset),
    ...(ruleset.surge ? surgeFaults(ruleset.surge) : []),
  ]
}

function fareFaults({ minimumMinor, maximumMinor, roundToMinor }: Ruleset): RulesetFault[] {
  if (maximumMinor === undefined) return []
  // A multiple of the rounding must lie between them, or no fare could keep to both.
  const lowest = Math.ceil(minimumMinor / roundToMinor) * roundToMinor
  return unless(maximumMinor >= lowest, '/maximum_minor', `Expected at least the minimum, rounded: ${lowest}`)
}

function bandFaults({ timeZone, timeBands = [] }: Ruleset): RulesetFault[] {
  return [
    ...unless(timeZone === undefined || isTimeZone(timeZone), '/time_zone', 'Expected a time zone as Europe/Berlin'),
    ...unless(timeBands.length === 0 || timeZone !== undefined, '/time_zone', 'Required where there are time_bands'),
    ...timeBands.flatMap((band, i) =>
      unless(isWholeBand(band), `/time_bands/${i}/to`, 'Expected another time than from'),
    ),
  ]
}

function areaFaults({ areas = [] }: Ruleset): RulesetFault[] {
  return areas.flatMap(({ factorPermille, addMinor }, i) =>
    unless(
      factorPermille !== undefined || addMinor !== undefined,
      `/price_areas/${i}`,
      'Expected factor_permille, add_minor, or both',
    ),
  )
}

function isWholeBand({ fromMinute, toMinute }: TimeBand): boolean {
  return fromMinute !== toMinute
}

function surgeFaults(rules: SurgeRules): RulesetFault[] {
  const { gridPermille: grid, stepPermille: step, movePermille: move, hysteresisPermille: hysteresis } = rules
  const { floorPermille: floor, capPermille: cap, emergencyCapPermille: emergencyCap } = rules
  const onGrid = { step, move, floor, cap, ...(emergencyCap === undefined ? {} : { emergency_cap: emergencyCap }) }
  return [
    ...unless(NEUTRAL % grid === 0, '/surge/grid_permille', 'Expected a divisor of 1000'),
    ...Object.entries(onGrid).flatMap(([name, value]) =>
      unless(value % grid === 0, `/surge/${name}_permille`, `Expected a multiple of the grid, ${grid}`),
    ),
    ...unless(step >= 2 * move + grid, '/surge/step_permille', 'Expected at least two moves and the grid'),
    ...unless(hysteresis < grid, '/surge/hysteresis_permille', 'Expected less than the grid'),
    ...unless(floor <= NEUTRAL, '/surge/floor_permille', 'Expected at most 1000'),
    ...unless(floor >= NEUTRAL - step, '/surge/floor_permille', 'Expected no more than a step below 1000'),
    ...unless(cap >= NEUTRAL, '/surge/cap_permille', 'Expected at least 1000'),
    ...unless(rules.windowS >= rules.roundS, '/surge/window_s', 'Expected at least a round'),
  ]
}

function unless(holds: boolean, path: string, message: string): RulesetFault[] {
  return holds ? [] : [{ path, message }]
}
