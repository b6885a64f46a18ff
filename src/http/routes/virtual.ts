/** Test mode: couriers that do as they are told, for test orders. */
import { type DriverId, newDriverId } from '../../domain/ids.ts'
import { driverIdIn } from '../../domain/mode.ts'
import {
  changeCourier,
  courierCount,
  expiryOf,
  insertCourier,
  listCouriers,
  removeCourier,
} from '../../store/virtual-couriers.ts'
import { COURIERS_MAX, SPEED_DEFAULT_MPS, TTL_DEFAULT_S } from '../../virtual/limits.ts'
import type { CourierRecord } from '../../virtual/ports.ts'
import { checkNewDriver } from '../access/own-mode.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { claimOf } from '../idempotency.ts'
import { notFound, Refusal } from '../problem.ts'
import { renderDriver } from '../render/driver.ts'
import { driverState } from '../render/state.ts'
import { driverFrom } from '../replies.ts'
import { formatInstant } from '../rfc3339.ts'
import {
  CourierPatch,
  CouriersView,
  type CourierView,
  CourierView as CourierViewSchema,
  courierPatch,
  MadeCourierView,
  NewCourier,
  newCourier,
} from '../schemas/virtual.ts'
import { checked } from '../validate.ts'
import { driverIdOf } from './params.ts'

const TAG = 'Test mode'
const ASKED = ['not_found', 'overloaded', 'record_unavailable', 'timeout'] as const

export function virtualRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/test/drivers',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Put a virtual courier on duty.',
        description:
          'A test driver that reports positions, answers offers and goes through the steps of its orders as a phone would, by itself. ' +
          'It is offered test orders near it.',
        body: NewCourier,
        idempotent: true,
        answers: { 201: { description: 'The driver.', schema: MadeCourierView } },
        problems: ['already_exists', 'limit_reached', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/test/drivers',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'The virtual couriers on duty.',
        answers: { 200: { description: `All of them, ${COURIERS_MAX} at most.`, schema: CouriersView } },
        problems: ['record_unavailable'],
      },
      handle: async () => json(200, { data: (await listCouriers(http.sql)).map(renderCourier), next_cursor: null }),
    },
    {
      method: 'PATCH',
      path: '/v1/test/drivers/{driver_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Tell a virtual courier to behave otherwise.',
        body: CourierPatch,
        answers: { 200: { description: 'The courier.', schema: CourierViewSchema } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => patch(http, call),
    },
    {
      method: 'DELETE',
      path: '/v1/test/drivers/{driver_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Send a virtual courier home: it goes offline, and does nothing more.',
        description: 'An order that it has stays its own until it is cancelled or taken back.',
        answers: { 204: { description: 'It is gone.' } },
        problems: ASKED,
      },
      handle: call => sendHome(http, call),
    },
  ]
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newCourier, await readJson(call.request, http.config.limits.bodyBytesMax))
  const { mode } = call.principal
  if (typeof body.driver_id === 'string') checkNewDriver(body.driver_id, mode)
  const claim = claimOf({ ...call, route: 'POST /v1/test/drivers', body })
  const driver = await http.idempotency.once(
    claim,
    async key => {
      await checkRoom(http)
      const driverId = (body.driver_id ?? driverIdIn(mode, newDriverId(http.clock.nowMs(), http.random))) as DriverId
      const reply = await http.gateway.askDriver(driverId, { kind: 'driver.register', profile: profileOf(body), key })
      return reply.kind === 'key_taken' ? reply : { kind: 'done', value: driverFrom(reply) }
    },
    driverState,
  )
  const nowMs = http.clock.nowMs()
  const courier: CourierRecord = {
    driverId: driver.driverId,
    behaviour: body.behaviour,
    place: body.near,
    speedMps: body.speed_mps ?? SPEED_DEFAULT_MPS,
    createdAtMs: nowMs,
    expiresAtMs: expiryOf(nowMs, body.ttl_s ?? TTL_DEFAULT_S),
  }
  // A repeat finds it there, or makes it now.
  if ((await insertCourier(http.sql, courier, COURIERS_MAX)) === 'too_many') throw tooMany()
  http.couriers.hint()
  return json(201, { ...renderDriver(driver), ...renderCourier(courier) })
}

/** Before its driver is made, which would stay. @throws {Refusal} `limit_reached` */
async function checkRoom(http: Http): Promise<void> {
  if ((await courierCount(http.sql)) >= COURIERS_MAX) throw tooMany()
}

function tooMany(): Refusal {
  return new Refusal('limit_reached', `There are ${COURIERS_MAX} virtual couriers, which is as many as there may be.`)
}

function profileOf(body: NewCourier) {
  return {
    name: 'Virtual courier',
    phone: null,
    vehicleType: body.vehicle_type ?? null,
    vehicleId: null,
    capacity: body.capacity ?? 1,
    skills: body.skills ?? [],
  }
}

async function patch(http: Http, call: Call): Promise<Response> {
  const { behaviour } = checked(courierPatch, await readJson(call.request, http.config.limits.bodyBytesMax))
  const courier = await changeCourier(http.sql, driverIdOf(call), behaviour)
  if (courier === null) throw notFound('virtual courier')
  http.couriers.hint()
  return json(200, renderCourier(courier))
}

async function sendHome(http: Http, call: Call): Promise<Response> {
  const driverId = driverIdOf(call)
  if (!(await removeCourier(http.sql, driverId))) throw notFound('virtual courier')
  http.couriers.hint()
  driverFrom(await http.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'offline' }))
  return new Response(null, { status: 204 })
}

function renderCourier(courier: CourierRecord): CourierView {
  return {
    driver_id: courier.driverId,
    behaviour: courier.behaviour,
    speed_mps: courier.speedMps,
    created_at: formatInstant(courier.createdAtMs),
    expires_at: formatInstant(courier.expiresAtMs),
  }
}
