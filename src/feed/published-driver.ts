/** What subscribers are told of a driver's event: never a name or a phone number. Each field is named here, or stays inside. */
import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { DriverEvent } from '../actors/driver/driver.messages.ts'
import { Nullable } from './published-common.ts'

/** The ones that are journaled. */
export type PublishedDriverEvent = Extract<
  DriverEvent,
  { type: 'registered' | 'updated' | 'availability' | 'rehomed' | 'work_kept' }
>

const Profile = {
  vehicle_type: Nullable(Type.String()),
  vehicle_id: Nullable(Type.String()),
  capacity: Type.Integer(),
  skills: Type.Array(Type.String()),
}

export const DRIVER_EVENTS = {
  registered: Type.Object(Profile),
  updated: Type.Partial(Type.Object(Profile), { description: 'What has changed, of what is published.' }),
  availability: Type.Object({ status: Type.String({ description: 'available, paused or offline.' }) }),
  rehomed: Type.Object({
    to_shard: Type.Integer(),
    region: Type.String({ description: 'H3 cell of resolution 7: where the driver is now.' }),
  }),
  work_kept: Type.Object({}, { description: 'What is counted of a driver’s work stays inside.' }),
} satisfies Record<PublishedDriverEvent['type'], TObject>

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
    case 'rehomed':
      return { to_shard: event.toShard, region: event.region }
    case 'work_kept':
      return {}
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
