/** Vehicles: what the fleet is made of, who drives which, and when one is in the workshop. */
import { asJson } from '../../actors/runtime/turn.ts'
import { newVehicleId, parseVehicleId, type VehicleId } from '../../domain/ids.ts'
import {
  createVehicle,
  deleteVehicle,
  type LinkRefusal,
  listVehicles,
  type NewVehicle as NewRecord,
  updateVehicle,
  type VehicleRecord,
  vehicleById,
} from '../../store/vehicles.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { invalidField, notFound, Refusal } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderVehicle } from '../render/vehicle.ts'
import { Page } from '../schemas/common.ts'
import {
  NewVehicle,
  newVehicle,
  VehiclePatch,
  VehiclesQuery,
  VehicleView,
  vehiclePatch,
  vehiclesQuery,
} from '../schemas/vehicle.ts'
import { checked } from '../validate.ts'
import { changesFrom, vehicleFrom } from '../vehicle-body.ts'

const TAG = 'Vehicles'
const ONE_DRIVER =
  'A vehicle has one driver and a driver one vehicle. It is taken from whoever had it, but from one that is on duty or has orders: ' +
  'then it is `in_use`.'

export function vehicleRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/vehicles',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Add a vehicle.',
        description: ONE_DRIVER,
        body: NewVehicle,
        idempotent: true,
        answers: { 201: { description: 'The vehicle.', schema: VehicleView } },
        problems: ['already_exists', 'record_unavailable'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/vehicles',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Vehicles, newest first.',
        query: VehiclesQuery,
        answers: { 200: { description: 'A page.', schema: Page(VehicleView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const query = readQuery(vehiclesQuery, call.request)
        const filter = { type: query.type, driverId: query.driver_id }
        const page = await pageFrom(listVehicles(http.sql, filter, pageRequest(query)))
        return json(
          200,
          renderPage(page, vehicle => render(http, vehicle)),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/vehicles/{vehicle_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One vehicle.',
        answers: { 200: { description: 'The vehicle.', schema: VehicleView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => {
        const vehicle = await vehicleById(http.sql, vehicleIdOf(call))
        if (vehicle === null) throw notFound('vehicle')
        return json(200, render(http, vehicle))
      },
    },
    {
      method: 'PATCH',
      path: '/v1/vehicles/{vehicle_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Change a vehicle, give it to a driver, or plan its maintenance.',
        description: `What is left out stays; null clears. ${ONE_DRIVER} Its driver is told at once, or as soon as it can be.`,
        body: VehiclePatch,
        answers: { 200: { description: 'The vehicle.', schema: VehicleView } },
        problems: ['not_found', 'in_use', 'record_unavailable'],
      },
      handle: call => patch(http, call),
    },
    {
      method: 'DELETE',
      path: '/v1/vehicles/{vehicle_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Delete a vehicle.',
        description: 'One that has a driver is in use: take it from the driver first.',
        answers: { 200: { description: 'The vehicle as it was.', schema: VehicleView } },
        problems: ['not_found', 'in_use', 'record_unavailable'],
      },
      handle: async call => {
        const outcome = await deleteVehicle(http.sql, vehicleIdOf(call))
        if (outcome.kind === 'missing') throw notFound('vehicle')
        if (outcome.kind === 'in_use') throw new Refusal('in_use', `The driver ${outcome.driverId} has it.`)
        return json(200, render(http, outcome.vehicle))
      },
    },
  ]
}

function render({ clock }: Http, vehicle: VehicleRecord): VehicleView {
  return renderVehicle(vehicle, clock.nowMs())
}

/** @throws {Refusal} `not_found` */
function vehicleIdOf(call: Call): VehicleId {
  const vehicleId = parseVehicleId(call.params.vehicle_id ?? '')
  if (vehicleId === null) throw notFound('vehicle')
  return vehicleId
}

export function linkRefused(refusal: LinkRefusal): Refusal {
  if (refusal === 'no_driver') return invalidField('/driver_id', 'There is no such driver')
  return new Refusal('in_use', 'Its driver is on duty, or has orders.')
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newVehicle, await readJson(call.request, http.config.limits.bodyBytesMax))
  const vehicleId = (body.vehicle_id ?? newVehicleId(http.clock.nowMs(), http.random)) as VehicleId
  const vehicle = { vehicleId, ...vehicleFrom(body) }
  const claim = claimOf({ ...call, route: 'POST /v1/vehicles', body })
  const view = await http.idempotency.once(
    claim,
    key => insert(http, vehicle, key),
    response => response as unknown as VehicleView,
  )
  if (call.act) {
    call.act.target = view.vehicle_id
    call.act.detail = { type: view.type, driver_id: view.driver_id }
  }
  return json(201, view)
}

async function insert(http: Http, vehicle: NewRecord, key: Claim | null): Promise<Outcome<VehicleView>> {
  const claim = key && { ...key, response: (made: VehicleRecord) => asJson(render(http, made)) }
  const outcome = await createVehicle(http.sql, vehicle, http.clock.nowMs(), claim)
  switch (outcome.kind) {
    case 'created':
      if (vehicle.driverId !== null) await http.vehicleNews.tell([vehicle.driverId])
      return { kind: 'done', value: render(http, outcome.vehicle) }
    case 'key_taken':
      return { kind: 'key_taken' }
    case 'exists':
      return { kind: 'taken', refusal: new Refusal('already_exists', 'There is a vehicle with this id.') }
    case 'no_driver':
    case 'in_use':
      throw linkRefused(outcome.kind)
  }
}

async function patch(http: Http, call: Call): Promise<Response> {
  const vehicleId = vehicleIdOf(call)
  const body = checked(vehiclePatch, await readJson(call.request, http.config.limits.bodyBytesMax))
  if (call.act) {
    const { driver_id: driverId } = body
    call.act.detail = { fields: Object.keys(body), ...(driverId === undefined ? {} : { driver_id: driverId }) }
  }
  const outcome = await updateVehicle(http.sql, vehicleId, changesFrom(body), http.clock.nowMs())
  switch (outcome.kind) {
    case 'updated':
      await http.vehicleNews.tell(outcome.told)
      return json(200, render(http, outcome.vehicle))
    case 'missing':
      throw notFound('vehicle')
    case 'no_driver':
    case 'in_use':
      throw linkRefused(outcome.kind)
  }
}
