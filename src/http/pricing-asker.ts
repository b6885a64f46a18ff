/**
 * Who counts as one person where demand is counted, so that somebody who looks at a price again and again does not raise it.
 * A customer is known by its id. Where a shop asks for its customers without saying for whom, the trip stands for the person:
 * whoever asks again asks from the same corner to the same quarter.
 */
import { cellAt, INDEX_RES, PRICE_RES } from '../domain/h3.ts'
import type { Trip } from './fares.ts'

export function askerOf(customerId: string | null, { pickup, dropoff }: Trip): string {
  if (customerId !== null) return `customer:${customerId}`
  return `trip:${cellAt(pickup, INDEX_RES)}:${cellAt(dropoff, PRICE_RES)}`
}
