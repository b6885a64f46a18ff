/** Zones: service areas, geofences, price areas. Whatever is changed here counts in every thread of every node within two seconds. */
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { asJson } from '../../actors/runtime/turn.ts'
import { newZoneId, parseZoneId, type ZoneId } from '../../domain/ids.ts'
import {
  createZone,
  deleteZone,
  listZones,
  type NewZone as NewRecord,
  type ZonePatch as RecordPatch,
  updateZone,
  ZONES_MAX,
  type ZoneRecord,
  zoneById,
} from '../../store/zones.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { notFound, Refusal } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderZone } from '../render/zone.ts'
import { Page } from '../schemas/common.ts'
import { NewZone, newZone, ZonePatch, ZonesQuery, ZoneView, zonePatch, zonesQuery } from '../schemas/zone.ts'
import { checked } from '../validate.ts'
import { checkDwell, geometryFrom } from '../zone-body.ts'

const TAG = 'Zones'
const SOON = 'Counts on this node at once, on every other within two seconds.'

export function zoneRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/zones',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Draw a zone.',
        description:
          'A `service_area` limits where orders begin and end and where drivers are offered any; where there is none, everywhere is ' +
          'served. A `geofence` tells who enters, leaves and stays (`zone:<zone_id>` on `/v1/live`, and the event feed). A ' +
          `\`price_area\` is named by rulesets. ${SOON}`,
        body: NewZone,
        idempotent: true,
        answers: { 201: { description: 'The zone.', schema: ZoneView } },
        problems: ['already_exists', 'limit_reached', 'record_unavailable'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/zones',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Zones, newest first.',
        query: ZonesQuery,
        answers: { 200: { description: 'A page.', schema: Page(ZoneView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const query = readQuery(zonesQuery, call.request)
        const page = await pageFrom(listZones(http.sql, { kind: query.kind }, pageRequest(query)))
        return json(200, renderPage(page, renderZone))
      },
    },
    {
      method: 'GET',
      path: '/v1/zones/{zone_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One zone.',
        answers: { 200: { description: 'The zone.', schema: ZoneView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => json(200, renderZone(found(await zoneById(http.sql, zoneIdOf(call))))),
    },
    {
      method: 'PATCH',
      path: '/v1/zones/{zone_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Draw a zone anew, or call it otherwise.',
        description: `What is left out stays. Its kind never changes. Raises its version. ${SOON}`,
        body: ZonePatch,
        answers: { 200: { description: 'The zone.', schema: ZoneView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => patch(http, call),
    },
    {
      method: 'DELETE',
      path: '/v1/zones/{zone_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Delete a zone.',
        description:
          'A price area that a ruleset names, now or later, is in use. Drivers that are in a geofence leave it with their next ' +
          `position, for the reason \`zone_deleted\`. ${SOON}`,
        answers: { 200: { description: 'The zone as it was.', schema: ZoneView } },
        problems: ['not_found', 'in_use', 'record_unavailable'],
      },
      handle: call => remove(http, call),
    },
  ]
}

/** @throws {Refusal} `not_found` */
function zoneIdOf(call: Call): ZoneId {
  const zoneId = parseZoneId(call.params.zone_id ?? '')
  if (zoneId === null) throw notFound('zone')
  return zoneId
}

function found(zone: ZoneRecord | null): ZoneRecord {
  if (zone === null) throw notFound('zone')
  return zone
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newZone, await readJson(call.request, http.config.limits.zoneBytesMax))
  const geometry = geometryFrom(body.geometry)
  checkDwell(body.kind, body.dwell_s)
  const claim = claimOf({ ...call, route: 'POST /v1/zones', body })
  const zone: NewRecord = {
    zoneId: (body.zone_id ?? newZoneId(http.clock.nowMs(), http.random)) as ZoneId,
    kind: body.kind,
    name: body.name,
    dwellS: body.dwell_s ?? null,
    geometry,
  }
  const view = await http.idempotency.once(
    claim,
    key => insert(http, zone, key),
    response => response as unknown as ZoneView,
  )
  if (call.act) {
    call.act.target = view.zone_id
    call.act.detail = { kind: view.kind, name: view.name, version: view.version }
  }
  return json(201, view)
}

async function insert(http: Http, zone: NewRecord, key: Claim | null): Promise<Outcome<ZoneView>> {
  const claim = key && { ...key, response: (made: ZoneRecord) => asJson(renderZone(made)) }
  const outcome = await createZone(http.sql, zone, http.clock.nowMs(), claim)
  switch (outcome.kind) {
    case 'created':
      await known(http)
      return { kind: 'done', value: renderZone(outcome.zone) }
    case 'key_taken':
      return { kind: 'key_taken' }
    case 'exists':
      return { kind: 'taken', refusal: new Refusal('already_exists', 'There is a zone with this id.') }
    case 'full':
      throw new Refusal('limit_reached', `There may be ${ZONES_MAX} zones; delete some.`)
  }
}

async function patch(http: Http, call: Call): Promise<Response> {
  const zoneId = zoneIdOf(call)
  const body = checked(zonePatch, await readJson(call.request, http.config.limits.zoneBytesMax))
  if (call.act) call.act.detail = { fields: Object.keys(body) }
  const before = found(await zoneById(http.sql, zoneId))
  checkDwell(before.kind, body.dwell_s)
  const changes: RecordPatch = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.geometry === undefined ? {} : { geometry: geometryFrom(body.geometry) }),
    ...(body.dwell_s === undefined ? {} : { dwellS: body.dwell_s }),
  }
  if (Object.keys(changes).length === 0) return json(200, renderZone(before))
  const after = found(await updateZone(http.sql, zoneId, changes, http.clock.nowMs()))
  await known(http)
  if (call.act) call.act.detail = { fields: Object.keys(body), version: after.version }
  return json(200, renderZone(after))
}

async function remove(http: Http, call: Call): Promise<Response> {
  const outcome = await deleteZone(http.sql, zoneIdOf(call), http.clock.nowMs())
  switch (outcome.kind) {
    case 'deleted':
      await known(http)
      return json(200, renderZone(outcome.zone))
    case 'missing':
      throw notFound('zone')
    case 'in_use':
      throw new Refusal('in_use', `Named by the rulesets ${outcome.rulesets.join(', ')}.`)
  }
}

/** It is committed: where the record falls silent now, it is known with the next look. */
async function known({ zones }: Http): Promise<void> {
  try {
    await zones.refresh()
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
  }
}
