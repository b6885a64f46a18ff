/** Drivers: who they are, and whether they work. */
import type { DriverProfile, DriverState } from '../../actors/driver/driver.state.ts'
import { type DriverId, newDriverId, type VehicleId } from '../../domain/ids.ts'
import { driverIdIn } from '../../domain/mode.ts'
import { NO_RATINGS, ratingsOfDrivers } from '../../store/ratings.ts'
import { driverById, listDrivers } from '../../store/records-drivers.ts'
import { vehicleById } from '../../store/vehicles.ts'
import { checkNewDriver } from '../access/own-mode.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { checkMayHaveVehicle, giveVehicle } from '../driver-vehicle.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { claimOf } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { invalidField } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderDriver, renderDriverRecord } from '../render/driver.ts'
import { renderRatingSum } from '../render/rating.ts'
import { driverState } from '../render/state.ts'
import { driverFrom } from '../replies.ts'
import { Page } from '../schemas/common.ts'
import {
  AvailabilityBody,
  availabilityBody,
  DriverPatch,
  DriversQuery,
  DriverView,
  driverPatch,
  driversQuery,
  NewDriver,
  newDriver,
} from '../schemas/driver.ts'
import { checked } from '../validate.ts'
import { driverIdOf } from './params.ts'
import { linkRefused } from './vehicles.ts'

const TAG = 'Drivers'

export function driverRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/drivers',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Register a driver.',
        description: 'Offline at first. One that its first position has created is completed by this, once.',
        body: NewDriver,
        idempotent: true,
        answers: { 201: { description: 'The driver.', schema: DriverView } },
        problems: ['already_exists', 'in_use', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => register(http, call),
    },
    {
      method: 'GET',
      path: '/v1/drivers',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Drivers, by id.',
        query: DriversQuery,
        answers: { 200: { description: 'A page.', schema: Page(DriverView) } },
        problems: ['record_unavailable'],
      },
      handle: call => list(http, call),
    },
    {
      method: 'GET',
      path: '/v1/drivers/{driver_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One driver, as its actor sees it.',
        answers: { 200: { description: 'The driver.', schema: DriverView } },
        problems: ['not_found', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: async call => {
        const driverId = driverIdOf(call)
        const reply = await http.gateway.askDriver(driverId, { kind: 'driver.read' })
        const driver = renderDriver(driverFrom(reply))
        const ratings = await ratingsOfDrivers(http.sql, [driverId])
        return json(200, { ...driver, ratings: renderRatingSum(ratings.get(driverId) ?? NO_RATINGS) })
      },
    },
    {
      method: 'PATCH',
      path: '/v1/drivers/{driver_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Change what is known of a driver.',
        description:
          'What is left out stays; null clears: the field is then as of a driver that was made without it, `capacity` 1. ' +
          'While the driver has a vehicle, `vehicle_type` and `capacity` are kept for when it has none.',
        body: DriverPatch,
        answers: { 200: { description: 'The driver.', schema: DriverView } },
        problems: ['not_found', 'in_use', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => patch(http, call),
    },
    {
      method: 'PUT',
      path: '/v1/drivers/{driver_id}/availability',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Begin, pause or end work.',
        body: AvailabilityBody,
        answers: { 200: { description: 'The driver.', schema: DriverView } },
        problems: ['not_found', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => setAvailability(http, call),
    },
  ]
}

async function register(http: Http, call: Call): Promise<Response> {
  const body = checked(newDriver, await readJson(call.request, http.config.limits.bodyBytesMax))
  const { mode } = call.principal
  if (typeof body.driver_id === 'string') checkNewDriver(body.driver_id, mode)
  if (body.vehicle_id) checkMayHaveVehicle(mode)
  const claim = claimOf({ ...call, route: 'POST /v1/drivers', body })
  const { driver, isRepeat } = await http.idempotency.once(
    claim,
    async key => {
      await checkVehicle(http, body)
      const driverId = (body.driver_id ?? driverIdIn(mode, newDriverId(http.clock.nowMs(), http.random))) as DriverId
      const command = { kind: 'driver.register', profile: profileOf(body), key } as const
      const reply = await http.gateway.askDriver(driverId, command)
      return reply.kind === 'key_taken'
        ? reply
        : { kind: 'done', value: { driver: driverFrom(reply), isRepeat: false } }
    },
    response => ({ driver: driverState(response), isRepeat: true }),
  )
  const { driverId } = driver
  if (call.act) call.act.target = driverId
  if (!body.vehicle_id) return json(201, renderDriver(driver))
  const vehicleId = body.vehicle_id as VehicleId
  if (!isRepeat || (await isStillToBeGiven(http, driverId, vehicleId))) await giveVehicle(http, driverId, vehicleId)
  return json(201, renderDriver(await read(http, driverId)))
}

/** Of a repeat: the first one may have ended before it gave the vehicle. Whatever was done with either since stands. */
async function isStillToBeGiven(http: Http, driverId: DriverId, vehicleId: VehicleId): Promise<boolean> {
  const [driver, vehicle] = [await read(http, driverId), await vehicleById(http.sql, vehicleId)]
  return driver.vehicle === undefined && vehicle?.driverId === null
}

/** Before the driver is made: what could not be its vehicle is said while nothing is done. */
async function checkVehicle(http: Http, { driver_id: driverId, vehicle_id: vehicleId }: NewDriver): Promise<void> {
  if (!vehicleId) return
  const vehicle = await vehicleById(http.sql, vehicleId as VehicleId)
  if (vehicle === null) throw invalidField('/vehicle_id', 'There is no such vehicle')
  if (vehicle.driverId === null || vehicle.driverId === driverId) return
  const other = await driverById(http.sql, vehicle.driverId)
  if (other && (other.status !== 'offline' || other.load > 0)) throw linkRefused('in_use')
}

async function read(http: Http, driverId: DriverId): Promise<DriverState> {
  return driverFrom(await http.gateway.askDriver(driverId, { kind: 'driver.read' }))
}

const CAPACITY_DEFAULT = 1

function profileOf(body: NewDriver): DriverProfile {
  return {
    name: body.name ?? null,
    phone: body.phone ?? null,
    vehicleType: body.vehicle_type ?? null,
    vehicleId: null,
    capacity: body.capacity ?? CAPACITY_DEFAULT,
    skills: body.skills ?? [],
    rating: body.rating ?? null,
  }
}

async function list(http: Http, call: Call): Promise<Response> {
  const query = readQuery(driversQuery, call.request)
  const page = await pageFrom(
    listDrivers(http.sql, { mode: call.principal.mode, status: query.status }, pageRequest(query)),
  )
  const hot = await http.hotView.getAll(page.data.map(record => record.driverId))
  const ratings = await ratingsOfDrivers(
    http.sql,
    page.data.map(record => record.driverId),
  )
  const statuses = new Map(page.data.map(({ driverId }, i) => [driverId, hot[i]?.status ?? null]))
  return json(
    200,
    renderPage(page, record => ({
      ...renderDriverRecord(record, statuses.get(record.driverId) ?? null),
      ratings: renderRatingSum(ratings.get(record.driverId) ?? NO_RATINGS),
    })),
  )
}

async function patch(http: Http, call: Call): Promise<Response> {
  const driverId = driverIdOf(call)
  const body = checked(driverPatch, await readJson(call.request, http.config.limits.bodyBytesMax))
  // Which fields, not what they say: a log of personal data would outlive it.
  if (call.act) call.act.detail = { fields: Object.keys(body) }
  if (body.vehicle_id !== undefined) await giveVehicle(http, driverId, body.vehicle_id as VehicleId | null)
  const changes = changesOf(body)
  if (Object.keys(changes).length === 0 && body.vehicle_id !== undefined)
    return json(200, renderDriver(await read(http, driverId)))
  const reply = await http.gateway.askDriver(driverId, { kind: 'driver.patch', patch: changes })
  return json(200, renderDriver(driverFrom(reply)))
}

function changesOf(body: DriverPatch): Partial<DriverProfile> {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.phone === undefined ? {} : { phone: body.phone }),
    ...(body.vehicle_type === undefined ? {} : { vehicleType: body.vehicle_type }),
    ...(body.capacity === undefined ? {} : { capacity: body.capacity ?? CAPACITY_DEFAULT }),
    ...(body.skills === undefined ? {} : { skills: body.skills ?? [] }),
    ...(body.rating === undefined ? {} : { rating: body.rating }),
  }
}

async function setAvailability(http: Http, call: Call): Promise<Response> {
  const driverId = driverIdOf(call)
  const { status } = checked(availabilityBody, await readJson(call.request, http.config.limits.bodyBytesMax))
  if (call.act) call.act.detail = { status }
  const reply = await http.gateway.askDriver(driverId, { kind: 'driver.availability', status })
  return json(200, renderDriver(driverFrom(reply)))
}
