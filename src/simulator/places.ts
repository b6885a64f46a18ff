/** Where simulated cities are, and orders in them. */
import type { OrderTerms } from '../actors/order/order.state.ts'
import { termsOf } from '../actors/order/order-terms.fixtures.ts'
import type { LatLng } from '../domain/geo.ts'
import { newOrderId, type UnixMs } from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'

export const DOWNTOWN: LatLng = { latitude: 37.775, longitude: -122.418 }
/** Far enough to have matching cells of its own. */
export const OTHER_CITY: LatLng = { latitude: 34.052, longitude: -118.244 }

/** 2026-01-05, noon: every run begins then. */
export const START_MS: UnixMs = Date.UTC(2026, 0, 5, 12)

export function north(p: LatLng, metres: number): LatLng {
  return { latitude: p.latitude + metres / 111_195, longitude: p.longitude }
}

export interface OrderWish {
  readonly pickup: LatLng
  readonly shards: number
  readonly nowMs: UnixMs
  readonly random: () => number
}

export function orderTerms(wish: OrderWish, more: Partial<OrderTerms> = {}): OrderTerms {
  const { pickup, shards, nowMs, random } = wish
  return termsOf(newOrderId(shardOfPosition(pickup, shards), nowMs, random), {
    pickup: { ...pickup, address: null },
    dropoff: { ...north(pickup, 3_000), address: null },
    ...more,
  })
}
