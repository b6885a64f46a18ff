/** A price list tried on the past before it is made. */
import { pastQuotes } from '../../store/past-quotes.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { readQuery } from '../query.ts'
import { parseInstant } from '../rfc3339.ts'
import { publishedFrom } from '../ruleset-body.ts'
import { previewRuleset } from '../ruleset-preview.ts'
import { NewRuleset, newRuleset } from '../schemas/ruleset.ts'
import {
  PREVIEW_QUOTES_DEFAULT,
  RulesetPreviewQuery,
  RulesetPreviewView,
  rulesetPreviewQuery,
} from '../schemas/ruleset-preview.ts'
import { checked } from '../validate.ts'
import { checkAreas } from './pricing.ts'

/** Another node's clock may be ahead. */
const AHEAD_MS = 60_000

export function rulesetPreviewRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/pricing/rulesets/preview',
      access: 'key',
      operation: {
        tag: 'Pricing',
        summary: 'What a ruleset would have charged for quotes of the past. Makes nothing.',
        description:
          'The body is that of a new ruleset, and is refused as it would be. Quotes of live customers are priced again, the newest first, as ' +
          'if it had been in force everywhere in its `cells`, whatever its `valid_from`: from the distance, time, vehicle and surge ' +
          'that were recorded with each. Where a quote had no surge because its ruleset had none, it has none here; price areas count as they ' +
          'are drawn now. Quotes of which no order was made are kept for a short time only.',
        query: RulesetPreviewQuery,
        body: NewRuleset,
        answers: { 200: { description: 'Figures and examples.', schema: RulesetPreviewView } },
        problems: ['record_unavailable'],
      },
      handle: call => preview(http, call),
    },
  ]
}

async function preview(http: Http, call: Call): Promise<Response> {
  const query = readQuery(rulesetPreviewQuery, call.request)
  const body = checked(newRuleset, await readJson(call.request, http.config.limits.bodyBytesMax))
  const nowMs = http.clock.nowMs()
  const published = publishedFrom(body, nowMs)
  await checkAreas(http, body)
  const past = await pastQuotes(http.sql, {
    fromMs: instantOf(query.created_after) ?? 0,
    toMs: Math.min(instantOf(query.created_before) ?? Number.POSITIVE_INFINITY, nowMs + AHEAD_MS),
    limit: query.limit ?? PREVIEW_QUOTES_DEFAULT,
  })
  return json(200, await previewRuleset(http, published, past))
}

function instantOf(text: string | undefined): number | null {
  return text === undefined ? null : parseInstant(text)
}
