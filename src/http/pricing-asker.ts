/**
 * Who counts as one person where demand is counted, so that somebody who looks at a price again and again does not raise it.
 * A customer is known by its id. Where a shop asks for its customers without saying for whom, the trip stands for the person:
 * whoever asks again asks from the same corner to the same quarter.
 */
import { cellAt, INDEX_RES, PRICE_RES } from '../domain/h3.ts'
import type { Principal } from './auth.ts'
import type { Trip } from './fares.ts'

export function askerOf(principal: Principal, customerId: string | null, { pickup, dropoff }: Trip): string {
  const customer = principal.role === 'customer' ? principal.id : customerId
  if (customer !== null) return `customer:${customer}`
  return `trip:${cellAt(pickup, INDEX_RES)}:${cellAt(dropoff, PRICE_RES)}`
}
