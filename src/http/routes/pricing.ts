/** Price lists, and what surge makes of them now. */
import { PRICE_RES, parseCell, resolutionOf } from '../../domain/h3.ts'
import type { CellId } from '../../domain/ids.ts'
import type { PublishedRuleset } from '../../domain/pricing/in-force.ts'
import { idempotencyKey } from '../../store/records.ts'
import { insertRuleset, listRulesets, rulesetByVersion } from '../../store/rulesets.ts'
import { zonesThere } from '../../store/zones.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { type FieldError, invalid, invalidField, notFound, Refusal } from '../problem.ts'
import { readQuery } from '../query.ts'
import { publishedFrom, renderRuleset } from '../ruleset-body.ts'
import { Page } from '../schemas/common.ts'
import {
  NewRuleset,
  newRuleset,
  RulesetsQuery,
  RulesetView,
  rulesetsQuery,
  SurgeQuery,
  SurgeView,
  surgeQuery,
} from '../schemas/ruleset.ts'
import { readSurge, renderSurge } from '../surge.ts'
import { checked } from '../validate.ts'
import { nameIn } from './params.ts'

const TAG = 'Pricing'
const CELLS_MAX = 200
/** Of the name of a ruleset. */
const VERSION_MAX = 64

export function pricingRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/pricing/rulesets',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Make a ruleset: prices as data, for everywhere or for some cities, from a time on.',
        description:
          'Never changed afterwards. A price area that it names stays as long as it is valid. The most specific one that is valid counts, then the one that began last. Admins only.',
        body: NewRuleset,
        idempotent: true,
        answers: { 201: { description: 'The ruleset.', schema: RulesetView } },
        problems: ['already_exists', 'record_unavailable'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/pricing/rulesets',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Rulesets, newest first.',
        query: RulesetsQuery,
        answers: { 200: { description: 'A page.', schema: Page(RulesetView) } },
        problems: ['record_unavailable'],
      },
      handle: call => list(http, call),
    },
    {
      method: 'GET',
      path: '/v1/pricing/rulesets/{version}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One ruleset.',
        answers: { 200: { description: 'The ruleset.', schema: RulesetView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => {
        const version = nameIn(call.params.version, VERSION_MAX)
        const published = version === null ? null : await rulesetByVersion(http.sql, version)
        if (!published) throw notFound('ruleset')
        return json(200, renderRuleset(published))
      },
    },
    {
      method: 'GET',
      path: '/v1/surge',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'The multipliers of price cells, of their last stored rounds.',
        query: SurgeQuery,
        answers: { 200: { description: 'In the order asked.', schema: SurgeView } },
        problems: ['overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => surge(http, call),
    },
  ]
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newRuleset, await readJson(call.request, http.config.limits.bodyBytesMax))
  const claim = claimOf({ ...call, route: 'POST /v1/pricing/rulesets', body })
  const view = await http.idempotency.once(
    claim,
    async key => {
      const published = publishedFrom(body, http.clock.nowMs())
      await checkAreas(http, body)
      return insert(http, published, key)
    },
    response => response as unknown as RulesetView,
  )
  if (call.act) call.act.target = view.version
  return json(201, view)
}

/** @throws {Refusal} `invalid`, naming each that is no price area. */
export async function checkAreas(http: Http, { price_areas: areas }: NewRuleset): Promise<void> {
  if (!areas || areas.length === 0) return
  const there = await zonesThere(
    http.sql,
    'price_area',
    areas.map(area => area.zone_id),
  )
  const errors = areas.flatMap(({ zone_id: zoneId }, i) =>
    there.has(zoneId) ? [] : [{ path: `/price_areas/${i}/zone_id`, message: 'There is no such price area' }],
  )
  if (errors.length > 0) throw invalid(errors.slice(0, 20))
}

async function insert(http: Http, published: PublishedRuleset, key: Claim | null): Promise<Outcome<RulesetView>> {
  const view = renderRuleset(published)
  const stored = await insertRuleset(
    http.sql,
    published,
    key === null
      ? undefined
      : { ...key, response: view as unknown as NonNullable<Awaited<ReturnType<typeof idempotencyKey>>>['response'] },
  )
  if (stored === 'key_taken') return { kind: 'key_taken' }
  if (stored === 'exists') {
    // Two requests with one key may have met: the other one made it, and its answer is ours.
    if (key !== null && (await idempotencyKey(http.sql, key.key)) !== null) return { kind: 'key_taken' }
    throw new Refusal('already_exists', 'There is a ruleset of this version; it is never changed.')
  }
  http.rulesets.outdated()
  return { kind: 'done', value: view }
}

async function list(http: Http, call: Call): Promise<Response> {
  const query = readQuery(rulesetsQuery, call.request)
  return json(200, renderPage(await pageFrom(listRulesets(http.sql, pageRequest(query))), renderRuleset))
}

async function surge(http: Http, call: Call): Promise<Response> {
  const cells = cellsOf(readQuery(surgeQuery, call.request).cells)
  const surges = await readSurge(http, cells)
  return json(200, { round: Math.max(0, ...surges.map(({ round }) => round)), cells: surges.map(renderSurge) })
}

/** @throws {Refusal} `invalid`, naming each text that is no price cell. */
function cellsOf(text: string): CellId[] {
  const texts = text.split(',')
  if (texts.length > CELLS_MAX) throw invalidField('/cells', `Expected at most ${CELLS_MAX} cells`)
  const errors: FieldError[] = []
  const cells = texts.flatMap((each, i) => {
    const cell = parseCell(each)
    if (cell !== null && resolutionOf(cell) === PRICE_RES) return [cell]
    errors.push({ path: `/cells/${i}`, message: `Expected an H3 cell of resolution ${PRICE_RES}` })
    return []
  })
  if (errors.length > 0) throw invalid(errors.slice(0, 20))
  return [...new Set(cells)]
}
