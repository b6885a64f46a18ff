/** What a vehicle makes of its driver's profile. */
import type { UnixMs } from '../../domain/ids.ts'
import type { DrivenVehicle, DriverProfile, DriverState, OwnProfile } from './driver.state.ts'

export function withVehicle(state: DriverState, change: number, driven: DrivenVehicle | null): DriverState {
  const own = ownOf(state)
  return { ...state, vehicle: { change, driven, own }, profile: profileWith(state.profile, own, driven) }
}

/** A change of the profile: what the vehicle says goes before it, and is kept for when there is none. */
export function withProfile(state: DriverState, profile: DriverProfile, patch: Partial<DriverProfile>): DriverState {
  if (!state.vehicle?.driven) return { ...state, profile }
  const own = {
    ...ownOf(state),
    ...(patch.vehicleType === undefined ? {} : { vehicleType: patch.vehicleType }),
    ...(patch.capacity === undefined ? {} : { capacity: patch.capacity }),
  }
  const { change, driven } = state.vehicle
  return { ...state, vehicle: { change, driven, own }, profile: profileWith(profile, own, driven) }
}

function ownOf({ vehicle, profile }: DriverState): OwnProfile {
  if (vehicle?.driven) return vehicle.own
  return { vehicleType: profile.vehicleType, capacity: profile.capacity }
}

function profileWith(profile: DriverProfile, own: OwnProfile, driven: DrivenVehicle | null): DriverProfile {
  return {
    ...profile,
    vehicleId: driven?.vehicleId ?? null,
    vehicleType: driven?.type ?? own.vehicleType,
    capacity: driven?.capacity ?? own.capacity,
  }
}

export function isInMaintenance({ vehicle }: DriverState, nowMs: UnixMs): boolean {
  return vehicle?.driven?.maintenance.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs) ?? false
}
