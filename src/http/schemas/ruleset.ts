import { type Static, Type } from '@sinclair/typebox'
import { AREA_ENDS } from '../../domain/pricing/ruleset.ts'
import { checker } from '../validate.ts'
import { Body, Cursor, Instant, Limit, Maybe, OrNull, Text, VehicleType } from './common.ts'
import { ZoneIdText } from './zone.ts'

/** A hundred million of the smallest coin: more is a mistake. */
const Minor = (description?: string) =>
  Type.Integer({ minimum: 0, maximum: 100_000_000, ...(description ? { description } : {}) })
const Factor = Type.Integer({ minimum: 0, maximum: 100_000, description: '1000 changes nothing.' })
const Permille = (minimum: number, maximum: number, description?: string) =>
  Type.Integer({ minimum, maximum, ...(description ? { description } : {}) })
const Seconds = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'As 22:30, by local time.' })

const TimeBand = Body({
  label: Text(64),
  days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
    minItems: 1,
    maxItems: 7,
    description: 'On which the band begins; 1 is Monday.',
  }),
  from: TimeOfDay,
  to: Type.String({ ...TimeOfDay, description: 'Excluded. Not later than `from`: on the next day.' }),
  factor_permille: Factor,
})

const MassLogOff = Body({
  minimum: Maybe(Type.Integer({ minimum: 1, maximum: 100_000 })),
  share_permille: Maybe(Permille(1, 1_000)),
  usual_permille: Maybe(Permille(1_000, 100_000)),
})

/** What is left out has the value of the house. */
const Surge = Body({
  round_s: Maybe(Seconds(1, 3_600)),
  window_s: Maybe(Seconds(1, 86_400)),
  grid_permille: Maybe(Permille(1, 500, 'Multipliers are multiples of this.')),
  step_permille: Maybe(Permille(1, 5_000, 'The most by which two neighbouring cells differ.')),
  move_permille: Maybe(Permille(1, 2_000, 'The most that a cell moves in a round.')),
  floor_permille: Maybe(Permille(100, 1_000)),
  cap_permille: Maybe(Permille(1_000, 20_000)),
  emergency_cap_permille: Maybe(Permille(1_000, 20_000, 'Counts at once, over everything else.')),
  balance_permille: Maybe(Permille(0, 100_000, 'Requests per driver at which surge begins.')),
  slope_permille: Maybe(Permille(0, 10_000, 'By how much it grows per further request per driver.')),
  demand_min_permille: Maybe(Permille(0, 1_000_000)),
  smoothing_permille: Maybe(Permille(1, 1_000)),
  hysteresis_permille: Maybe(Permille(0, 500)),
  ring_weights_permille: Maybe(Type.Array(Permille(0, 1_000), { minItems: 1, maxItems: 4 })),
  soon_permille: Maybe(Permille(0, 1_000)),
  left_half_life_s: Maybe(Seconds(1, 3_600)),
  left_window_s: Maybe(Seconds(1, 7_200)),
  mass_log_off: Maybe(MassLogOff),
})
export type SurgeBody = Static<typeof Surge>

const Waiting = Body({ free_s: Seconds(0, 86_400), per_minute_minor: Minor(), maximum_minor: Minor() })

const Fee = Body({ fee_minor: Minor(), share_permille: Permille(0, 1_000, 'Of the quoted price.') })
const Cancellation = Body({
  free_s: Seconds(0, 86_400),
  charged_roles: Type.Array(
    Type.Union(['customer', 'driver', 'dispatcher', 'admin', 'service'].map(role => Type.Literal(role))),
    { maxItems: 5, description: 'Whose cancellation costs a fee.' },
  ),
  by_stage: Body({
    assigned: Maybe(Fee),
    en_route_to_pickup: Maybe(Fee),
    at_pickup: Maybe(Fee),
    en_route_to_dropoff: Maybe(Fee),
  }),
})

const NoShow = Body({
  after_s: Seconds(0, 86_400),
  fee_minor: Minor(),
  share_permille: Permille(0, 1_000, 'Of the quoted price.'),
  automatic: Maybe(
    Type.Boolean({ description: 'The order is given up by itself then. Left out: its driver does it.' }),
  ),
})

const PriceArea = Body({
  zone_id: ZoneIdText,
  label: Text(64),
  at: Type.Union(
    AREA_ENDS.map(end => Type.Literal(end)),
    { description: 'Which end of the trip lies in it.' },
  ),
  factor_permille: Maybe(Type.Integer({ ...Factor, description: 'Of what the trip costs before surge.' })),
  add_minor: Maybe(
    Type.Integer({ minimum: -100_000_000, maximum: 100_000_000, description: 'Once, after surge; may be below 0.' }),
  ),
})

export const NewRuleset = Body(
  {
    version: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217.' }),
    base_minor: Minor(),
    per_km_minor: Minor(),
    per_minute_minor: Minor(),
    minimum_minor: Minor(),
    maximum_minor: Maybe(Minor('No fare is above it.')),
    round_to_minor: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    by_vehicle_type: Maybe(
      Type.Record(VehicleType, Factor, {
        description: 'A type that is not listed has 1000.',
        maxProperties: 100,
        additionalProperties: false,
      }),
    ),
    time_zone: Maybe(Text(64, { description: 'IANA, as Europe/Berlin.' })),
    time_bands: Maybe(Type.Array(TimeBand, { maxItems: 100 })),
    price_areas: Maybe(
      Type.Array(PriceArea, { maxItems: 100, description: 'Of all that a trip lies in each counts.' }),
    ),
    surge: Maybe(Surge),
    waiting: Maybe(Waiting),
    cancellation: Maybe(Cancellation),
    no_show: Maybe(NoShow),
    valid_from: Maybe(Instant),
    valid_to: Maybe(Instant),
    cells: Maybe(
      Type.Array(Type.String({ pattern: '^8[0-9a-f]{14}$' }), {
        minItems: 1,
        maxItems: 1_000,
        description: 'H3 cells of resolution 4 that it is for; left out: everywhere.',
      }),
    ),
  },
  { $id: 'NewRuleset' },
)
export type NewRuleset = Static<typeof NewRuleset>

export const RulesetView = Type.Object(
  {
    version: Type.String(),
    currency: Type.String(),
    base_minor: Type.Integer(),
    per_km_minor: Type.Integer(),
    per_minute_minor: Type.Integer(),
    minimum_minor: Type.Integer(),
    maximum_minor: OrNull(Type.Integer()),
    round_to_minor: Type.Integer(),
    by_vehicle_type: Type.Record(Type.String(), Type.Integer()),
    time_zone: OrNull(Type.String()),
    time_bands: Type.Array(Type.Unknown()),
    price_areas: Type.Array(Type.Unknown()),
    surge: OrNull(Type.Record(Type.String(), Type.Unknown())),
    waiting: OrNull(Type.Record(Type.String(), Type.Unknown())),
    cancellation: OrNull(Type.Record(Type.String(), Type.Unknown())),
    no_show: OrNull(Type.Record(Type.String(), Type.Unknown())),
    valid_from: Type.String({ format: 'date-time' }),
    valid_to: OrNull(Type.String({ format: 'date-time' })),
    cells: OrNull(Type.Array(Type.String())),
    created_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Ruleset' },
)
export type RulesetView = Static<typeof RulesetView>

export const RulesetsQuery = Type.Object({ limit: Limit, cursor: Cursor })

export const SurgeQuery = Type.Object({
  cells: Text(4_000, { description: 'H3 cells of resolution 8, separated by commas.' }),
})

/** Also what the live topic of a price cell says when it changes. */
export const CellSurgeView = Type.Object({
  cell: Type.String(),
  multiplier: Type.Number(),
  demand: Type.Integer({ description: 'People who asked for a price or an order lately.' }),
  supply: Type.Number({ description: 'Drivers who are free or soon will be; those who have just left in part.' }),
  round: Type.Integer(),
})

export const SurgeView = Type.Object(
  {
    round: Type.Integer({ description: 'The newest of the rounds below; 0 before the first.' }),
    cells: Type.Array(CellSurgeView),
  },
  { $id: 'Surge' },
)
export type SurgeView = Static<typeof SurgeView>

export const newRuleset = checker(NewRuleset)
export const rulesetsQuery = checker(RulesetsQuery)
export const surgeQuery = checker(SurgeQuery)
