/** What subscribers are told of a driver's event: never a name or a phone number. Each field is named here, or stays inside. */
import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { DriverEvent } from '../actors/driver/driver.messages.ts'
import { Instant, instant, Nullable } from './published-common.ts'

/** The ones that are journaled. */
export type PublishedDriverEvent = Extract<
  DriverEvent,
  {
    type:
      | 'registered'
      | 'updated'
      | 'availability'
      | 'vehicle_changed'
      | 'rehomed'
      | 'geofence_entered'
      | 'geofence_left'
      | 'geofence_dwelled'
      | 'work_kept'
  }
>

const Profile = {
  vehicle_type: Nullable(Type.String()),
  vehicle_id: Nullable(Type.String()),
  capacity: Type.Integer(),
  skills: Type.Array(Type.String()),
}

/** A driver at work in a zone of the company's: where exactly is what such an event is for. */
const Fence = {
  zone_id: Type.String(),
  zone_version: Type.Integer({ description: 'How it was drawn then; 0 where it was deleted.' }),
  latitude: Type.Number(),
  longitude: Type.Number(),
  accuracy: Nullable(Type.Number()),
  recorded_at: Instant,
  recovered: Type.Boolean({
    description: 'Seen by the first fix after a restart or a move: it may have happened before.',
  }),
}

export const DRIVER_EVENTS = {
  registered: Type.Object(Profile),
  updated: Type.Partial(Type.Object(Profile), { description: 'What has changed, of what is published.' }),
  availability: Type.Object({ status: Type.String({ description: 'available, paused or offline.' }) }),
  vehicle_changed: Type.Object({
    vehicle_id: Nullable(Type.String({ description: 'Null: none any more.' })),
    vehicle_type: Nullable(Type.String()),
    capacity: Nullable(Type.Integer({ description: 'Null: the driver’s own.' })),
  }),
  rehomed: Type.Object({
    to_shard: Type.Integer(),
    region: Type.String({ description: 'H3 cell of resolution 7: where the driver is now.' }),
  }),
  geofence_entered: Type.Object(Fence),
  geofence_left: Type.Object({
    ...Fence,
    since: Instant,
    reason: Type.String({ description: 'moved or zone_deleted.' }),
  }),
  geofence_dwelled: Type.Object({ ...Fence, since: Instant }),
  work_kept: Type.Object({}, { description: 'What is counted of a driver’s work stays inside.' }),
} satisfies Record<PublishedDriverEvent['type'], TObject>

type FenceEvent = Extract<PublishedDriverEvent, { type: `geofence_${string}` }>
type Published<K extends keyof typeof DRIVER_EVENTS> = Static<(typeof DRIVER_EVENTS)[K]>

export function publishedDriver(event: PublishedDriverEvent): Published<PublishedDriverEvent['type']> {
  switch (event.type) {
    case 'registered': {
      const { vehicleType, vehicleId, capacity, skills } = event.profile
      return { vehicle_type: vehicleType, vehicle_id: vehicleId, capacity, skills: [...skills] }
    }
    case 'updated':
      return updated(event)
    case 'availability':
      return { status: event.status }
    case 'vehicle_changed': {
      const { vehicle } = event
      const { vehicleId = null, type = null, capacity = null } = vehicle ?? {}
      return { vehicle_id: vehicleId, vehicle_type: type, capacity }
    }
    case 'rehomed':
      return { to_shard: event.toShard, region: event.region }
    case 'geofence_entered':
      return fence(event)
    case 'geofence_left':
      return { ...fence(event), since: instant(event.sinceMs), reason: event.reason }
    case 'geofence_dwelled':
      return { ...fence(event), since: instant(event.sinceMs) }
    case 'work_kept':
      return {}
  }
}

function fence({ zoneId, zoneVersion, fix, recovered }: FenceEvent): Published<'geofence_entered'> {
  const { latitude, longitude, accuracy, recordedAtMs } = fix
  return {
    zone_id: zoneId,
    zone_version: zoneVersion,
    latitude,
    longitude,
    accuracy,
    recorded_at: instant(recordedAtMs),
    recovered: recovered === true,
  }
}

function updated({ patch }: PublishedDriverEvent & { type: 'updated' }): Published<'updated'> {
  const { vehicleType, vehicleId, capacity, skills } = patch
  return {
    ...(vehicleType === undefined ? {} : { vehicle_type: vehicleType }),
    ...(vehicleId === undefined ? {} : { vehicle_id: vehicleId }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(skills === undefined ? {} : { skills: [...skills] }),
  }
}
