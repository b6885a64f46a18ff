/** Which geofences a driver is in, as its events say. */
import type { DriverEvent } from './driver.messages.ts'
import type { DriverFences } from './driver.state.ts'

export type FenceEvent = Extract<DriverEvent, { type: 'geofence_entered' | 'geofence_left' | 'geofence_dwelled' }>

export const NO_FENCES: DriverFences = { atMs: 0, inside: [] }

export function withFence({ atMs, inside }: DriverFences, event: FenceEvent): DriverFences {
  const { zoneId, fix } = event
  const others = inside.filter(fence => fence.zoneId !== zoneId)
  const at = { atMs: Math.max(atMs, fix.recordedAtMs) }
  switch (event.type) {
    case 'geofence_entered':
      return { ...at, inside: [...others, { zoneId, sinceMs: fix.recordedAtMs, dwelled: false }] }
    case 'geofence_left':
      return { ...at, inside: others }
    case 'geofence_dwelled':
      return { ...at, inside: inside.map(fence => (fence.zoneId === zoneId ? { ...fence, dwelled: true } : fence)) }
  }
}
