/** A driver's `vehicle_id`, as the driver's own routes set it. */
import type { DriverId, VehicleId } from '../domain/ids.ts'
import { type Mode, modeOfDriver } from '../domain/mode.ts'
import { linkDriver } from '../store/vehicles.ts'
import type { Http } from './context.ts'
import { invalidField, notFound, Refusal } from './problem.ts'

/**
 * Gives the driver that vehicle, or none.
 * @throws {Refusal} `invalid` where there is no such vehicle, `in_use` where another driver works with it, `not_found` for the driver.
 */
export async function giveVehicle(http: Http, driverId: DriverId, vehicleId: VehicleId | null): Promise<void> {
  if (vehicleId !== null) checkMayHaveVehicle(modeOfDriver(driverId))
  const outcome = await linkDriver(http.sql, driverId, vehicleId, http.clock.nowMs())
  switch (outcome.kind) {
    case 'linked':
      await http.vehicleNews.tell(outcome.told)
      return
    case 'missing':
      throw invalidField('/vehicle_id', 'There is no such vehicle')
    case 'in_use':
      throw new Refusal('in_use', 'The driver of that vehicle is on duty, or has orders.')
    case 'no_driver':
      throw notFound('driver')
  }
}

/** Vehicles are live: one that a test driver had would be missing from the fleet. @throws {Refusal} `invalid` */
export function checkMayHaveVehicle(mode: Mode): void {
  if (mode === 'test') throw invalidField('/vehicle_id', 'A test driver has no vehicle; say its vehicle_type')
}
