/**
 * States leave actors as JSON. They were written by the deciders of this version or brought up to it by a migration, so
 * their shape is trusted: this is the one place where that is said to the compiler.
 */
import type { DriverState } from '../../actors/driver/driver.state.ts'
import type { OrderState } from '../../actors/order/order.state.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'

export function orderState(json: JsonObject): OrderState {
  return json as unknown as OrderState
}

export function driverState(json: JsonObject): DriverState {
  return json as unknown as DriverState
}
