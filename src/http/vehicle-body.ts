/** Vehicles as callers send them, into what is stored. */
import type { DriverId } from '../domain/ids.ts'
import type { MaintenancePeriod, NewVehicle as NewRecord, VehiclePatch as RecordPatch } from '../store/vehicles.ts'
import { type FieldError, invalid } from './problem.ts'
import { parseInstant } from './rfc3339.ts'
import type { NewVehicle, VehiclePatch } from './schemas/vehicle.ts'

/** @throws {Refusal} `invalid`, naming each period that is none. */
export function vehicleFrom(body: NewVehicle): Omit<NewRecord, 'vehicleId'> {
  return {
    type: body.type,
    plate: body.plate ?? null,
    capacity: body.capacity ?? null,
    driverId: (body.driver_id ?? null) as DriverId | null,
    maintenance: periodsFrom(body.maintenance ?? []),
  }
}

/** @throws {Refusal} `invalid`, naming each period that is none. */
export function changesFrom(body: VehiclePatch): RecordPatch {
  return {
    ...(body.type === undefined ? {} : { type: body.type }),
    ...(body.plate === undefined ? {} : { plate: body.plate }),
    ...(body.capacity === undefined ? {} : { capacity: body.capacity }),
    ...(body.driver_id === undefined ? {} : { driverId: body.driver_id as DriverId | null }),
    ...(body.maintenance === undefined ? {} : { maintenance: periodsFrom(body.maintenance ?? []) }),
  }
}

/** In order of their beginnings. Some may overlap: each says that the vehicle is not to be had. */
function periodsFrom(periods: NonNullable<NewVehicle['maintenance']>): MaintenancePeriod[] {
  const errors: FieldError[] = []
  const read = periods.map(({ from, to, reason }, i) => {
    // Looked at by the schema: both are times.
    const [fromMs, toMs] = [parseInstant(from) ?? 0, parseInstant(to) ?? 0]
    if (toMs <= fromMs) errors.push({ path: `/maintenance/${i}/to`, message: 'Expected a time after from' })
    return { fromMs, toMs, reason: reason ?? null }
  })
  if (errors.length > 0) throw invalid(errors)
  return read.sort((a, b) => a.fromMs - b.fromMs)
}
