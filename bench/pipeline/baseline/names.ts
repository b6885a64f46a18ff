/** Where what lies in Redis. */
export const GROUP = 'writers'
export const GEO_KEY = 'geo:drivers'
export const LIVE_CHANNEL = 'live'
export const ACKS_CHANNEL = 'acks'
/** A driver who reports no more is gone from the reads after so long. */
export const CURRENT_TTL_S = 60

export function streamOf(partition: number): string {
  return `positions:${partition}`
}

export function currentKey(driverId: string): string {
  return `current:${driverId}`
}
