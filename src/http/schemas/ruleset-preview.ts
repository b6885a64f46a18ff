/** What a ruleset would have done to quotes of the past. */
import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import { Instant, OrNull } from './common.ts'

const Minor = (description: string) => Type.Integer({ description: `${description} Minor units.` })
const Count = (description: string) => Type.Integer({ description })

/** So many bodies are some megabytes; a sample says what a census would. */
const PREVIEW_QUOTES_MAX = 2_000
export const PREVIEW_QUOTES_DEFAULT = 500

export const RulesetPreviewQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PREVIEW_QUOTES_MAX,
      description: `Quotes to look at, the newest first; ${PREVIEW_QUOTES_DEFAULT} if left out.`,
    }),
  ),
  created_after: Type.Optional(Instant),
  created_before: Type.Optional(Instant),
})

export const RulesetPreviewView = Type.Object(
  {
    quotes: Count('That were priced again.'),
    dearer: Count('Of them.'),
    cheaper: Count('Of them.'),
    same: Count('Of them.'),
    skipped: Type.Object({
      elsewhere: Count('Their pickup is in none of its `cells`.'),
      other_currency: Count('They cannot be compared.'),
      unknown: Count('Of an older version, which recorded too little; or it gives no fare for them.'),
    }),
    currency: Type.String({ description: 'ISO 4217.' }),
    amount_before: Minor('All of them, as they were quoted.'),
    amount_after: Minor('All of them, as they would have been.'),
    difference: OrNull(
      Type.Object(
        { p10: Type.Integer(), p50: Type.Integer(), p90: Type.Integer() },
        { description: 'Percentiles of what a quote would have changed by, in minor units. Null where there is none.' },
      ),
    ),
    oldest_at: OrNull(Type.String({ format: 'date-time' })),
    newest_at: OrNull(Type.String({ format: 'date-time' })),
    has_more: Type.Boolean({ description: 'There are older ones in that time, which were not looked at.' }),
    examples: Type.Array(
      Type.Object({
        quote_id: Type.String(),
        created_at: Type.String({ format: 'date-time' }),
        vehicle_type: OrNull(Type.String()),
        distance_m: Type.Integer(),
        duration_s: Type.Integer(),
        surge_multiplier: Type.Number(),
        before: Minor('As it was quoted.'),
        after: Minor('As it would have been.'),
        difference: Minor('After, less before.'),
      }),
      { description: 'Those that would change most: the greatest rise first, the greatest fall last.' },
    ),
  },
  { $id: 'RulesetPreview' },
)
export type RulesetPreviewView = Static<typeof RulesetPreviewView>

export const rulesetPreviewQuery = checker(RulesetPreviewQuery)
