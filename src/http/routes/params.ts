/** Ids in paths. One that cannot exist is not found, like one that does not. */
import { type DriverId, type OrderId, parseDriverId, parseOrderId } from '../../domain/ids.ts'
import type { Call } from '../endpoint.ts'
import { invalidField, notFound } from '../problem.ts'

/** @throws {Refusal} `invalid`: a driver's id is the caller's choice, so a bad one is said to be bad. */
export function driverIdOf(call: Call): DriverId {
  // A segment that cannot be decoded arrives as null.
  const driverId = parseDriverId(call.params.driver_id ?? '')
  if (driverId === null) throw invalidField('/driver_id', 'Expected 1–64 of A–Z a–z 0–9 _ -')
  return driverId
}

/**
 * Of what callers name as they like, such as customers and rulesets. A segment that cannot be decoded arrives as null; what the record
 * cannot hold is nobody's name.
 * @returns null for that.
 */
export function nameIn(segment: string | null | undefined, lengthMax: number): string | null {
  const isName = typeof segment === 'string' && segment.length <= lengthMax
  return isName && segment.isWellFormed() && !segment.includes('\0') ? segment : null
}

/** @throws {Refusal} `not_found` */
export function orderIdOf(call: Call): OrderId {
  const orderId = parseOrderId(call.params.order_id ?? '')
  if (orderId === null) throw notFound('order')
  return orderId
}
