import type { UnixMs } from '../../domain/ids.ts'
import type { VehicleRecord } from '../../store/vehicles.ts'
import { formatInstant } from '../rfc3339.ts'
import type { VehicleView } from '../schemas/vehicle.ts'

export function renderVehicle(vehicle: VehicleRecord, nowMs: UnixMs): VehicleView {
  const { maintenance } = vehicle
  return {
    vehicle_id: vehicle.vehicleId,
    type: vehicle.type,
    plate: vehicle.plate,
    capacity: vehicle.capacity,
    driver_id: vehicle.driverId,
    maintenance: maintenance.map(({ fromMs, toMs, reason }) => ({
      from: formatInstant(fromMs),
      to: formatInstant(toMs),
      reason,
    })),
    in_maintenance: maintenance.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs),
    version: vehicle.version,
    created_at: formatInstant(vehicle.createdAtMs),
    updated_at: formatInstant(vehicle.updatedAtMs),
  }
}
