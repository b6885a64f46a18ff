import { loadOf, statusOf } from '../../actors/driver/driver.evolve.ts'
import type { DriverProfile, DriverState } from '../../actors/driver/driver.state.ts'
import type { DriverRecord } from '../../store/records-drivers.ts'
import type { DriverView } from '../schemas/driver.ts'
import { isJsonObject } from './json.ts'

export function renderDriver(state: DriverState): DriverView {
  return {
    ...renderProfile(state.driverId, state.profile),
    status: statusOf(state),
    load: loadOf(state),
    version: state.version,
  }
}

/**
 * For lists, which wake no actor. Whether a driver holds an offer is not in the record, so that comes from the hot view.
 *
 * @param hotStatus  what the driver's actor last said, if it has said anything since this node started.
 */
export function renderDriverRecord(record: DriverRecord, hotStatus: string | null): DriverView {
  return {
    ...renderProfile(record.driverId, profileOf(record)),
    status: statusOfRecord(record, hotStatus),
    load: record.load,
    version: record.version,
  }
}

function renderProfile(driverId: string, profile: DriverProfile) {
  return {
    driver_id: driverId,
    name: profile.name,
    phone: profile.phone,
    vehicle_type: profile.vehicleType,
    vehicle_id: profile.vehicleId,
    capacity: profile.capacity,
    skills: [...profile.skills],
    rating: profile.rating ?? null,
  }
}

const ANONYMOUS: DriverProfile = {
  name: null,
  phone: null,
  vehicleType: null,
  vehicleId: null,
  capacity: 1,
  skills: [],
}

/** A driver that was only seen has no profile in the record. */
function profileOf({ state }: DriverRecord): DriverProfile {
  return isJsonObject(state.profile) ? (state.profile as unknown as DriverProfile) : ANONYMOUS
}

function statusOfRecord({ status, load }: DriverRecord, hotStatus: string | null): DriverView['status'] {
  const said = hotStatus ?? (load > 0 ? 'busy' : status)
  return STATUSES.find(known => known === said) ?? 'offline'
}

const STATUSES = ['available', 'paused', 'offline', 'offered', 'busy'] as const
