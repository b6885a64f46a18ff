import type { Ruleset } from '../../shared/manage.ts'
import { fromLocalInput, wholeOf } from '../../shared/words.ts'

/** What is typed. The figures that every ruleset has are fields; the rest is JSON as the API has it. */
export interface RulesetDraft {
  readonly version: string
  readonly currency: string
  readonly base_minor: string
  readonly per_km_minor: string
  readonly per_minute_minor: string
  readonly minimum_minor: string
  readonly maximum_minor: string
  readonly round_to_minor: string
  /** Left empty: from when it is made. */
  readonly valid_from: string
  readonly valid_to: string
  readonly further: string
}

export const FIGURES = [
  'base_minor',
  'per_km_minor',
  'per_minute_minor',
  'minimum_minor',
  'maximum_minor',
  'round_to_minor',
] as const
/** Fields of the form; every other fault is shown at the JSON. */
export const FORM_PATHS: readonly string[] = ['version', 'currency', ...FIGURES, 'valid_from', 'valid_to'].map(
  name => `/${name}`,
)
/** Neither in the form nor to be said of a new one. */
const NOT_FURTHER: readonly string[] = ['version', 'currency', ...FIGURES, 'valid_from', 'valid_to', 'created_at']

export function draftFrom(ruleset: Ruleset | null): RulesetDraft {
  const { version = '', currency = 'USD' } = ruleset ?? {}
  const figure = (name: (typeof FIGURES)[number], otherwise: string) => ruleset?.[name]?.toString() ?? otherwise
  const further = Object.entries(ruleset ?? {}).filter(
    ([name, value]) => !NOT_FURTHER.includes(name) && !isNothing(value),
  )
  return {
    version: nextVersion(version),
    currency,
    base_minor: figure('base_minor', '250'),
    per_km_minor: figure('per_km_minor', '120'),
    per_minute_minor: figure('per_minute_minor', '30'),
    minimum_minor: figure('minimum_minor', '600'),
    maximum_minor: figure('maximum_minor', ''),
    round_to_minor: figure('round_to_minor', '5'),
    valid_from: '',
    valid_to: '',
    further: JSON.stringify(Object.fromEntries(further), null, 2),
  }
}

function isNothing(value: unknown): boolean {
  if (value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** `summer-9` → `summer-10`; one that ends in no number gets one. */
export function nextVersion(version: string): string {
  const [, start = '', number] = /^(.*?)(\d{1,9})?$/.exec(version) ?? []
  if (number === undefined) return start === '' ? '1' : `${start}-2`
  return `${start}${Number(number) + 1}`
}

export type ReadDraft =
  | { readonly kind: 'body'; readonly body: Record<string, unknown> }
  | { readonly kind: 'broken'; readonly message: string }

/** As it is sent. A figure that is none is sent as null, so that the API says what it expects there. */
export function bodyOf(draft: RulesetDraft): ReadDraft {
  const further = furtherOf(draft.further)
  if (typeof further === 'string') return { kind: 'broken', message: further }
  const figures = FIGURES.filter(name => draft[name].trim() !== '').map(name => [name, wholeOf(draft[name])] as const)
  const times = (['valid_from', 'valid_to'] as const).flatMap(name => {
    const at = fromLocalInput(draft[name])
    return at === null ? [] : [[name, at] as const]
  })
  const { version, currency } = draft
  return { kind: 'body', body: { ...further, version, currency, ...Object.fromEntries([...figures, ...times]) } }
}

function furtherOf(text: string): object | string {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? value
      : 'Expected a JSON object: { … }'
  } catch (error) {
    if (error instanceof SyntaxError) return `This is no JSON: ${error.message}`
    throw error
  }
}
