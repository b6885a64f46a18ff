/**
 * What is of another mode than the caller is not there for it: neither found nor made. The mode of every object stands in its id,
 * so no object need be read for this.
 */
import { type DriverId, orderOfOffer, parseOrderId } from '../../domain/ids.ts'
import { type Mode, modeOfDriver, modeOfOrder, TEST_DRIVER_PREFIX } from '../../domain/mode.ts'
import { invalidField, notFound } from '../problem.ts'

/** A segment that cannot be decoded arrives as null, whatever the types of the router say. */
type Params = Readonly<Record<string, string | null>>

/** Of what a path names. An id that is none is for the handler to judge. @throws {Refusal} `not_found` */
export function checkMode({ order_id, offer_id, driver_id }: Params, mode: Mode): void {
  if (typeof driver_id === 'string') checkDriverMode(driver_id, mode)
  const orderId = typeof order_id === 'string' ? parseOrderId(order_id) : null
  if (orderId !== null && modeOfOrder(orderId) !== mode) throw notFound('order')
  const offered = typeof offer_id === 'string' ? orderOfOffer(offer_id) : null
  if (offered !== null && modeOfOrder(offered) !== mode) throw notFound('offer')
}

/** @throws {Refusal} `not_found` */
export function checkDriverMode(driverId: string, mode: Mode): void {
  if (!isDriverOf(mode, driverId)) throw notFound('driver')
}

export function isDriverOf(mode: Mode, driverId: string): boolean {
  return modeOfDriver(driverId as DriverId) === mode
}

/** Of a driver that is to be made under an id that the caller chose. @throws {Refusal} `invalid` */
export function checkNewDriver(driverId: string, mode: Mode, path = '/driver_id'): void {
  if (isDriverOf(mode, driverId)) return
  const word = mode === 'test' ? 'Expected' : 'Expected no'
  throw invalidField(path, `${word} ${TEST_DRIVER_PREFIX} at its beginning, which is for test drivers`)
}
