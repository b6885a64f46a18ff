/** All guards that were picked by hand. */
import { BOOKING_GUARDS } from './guards/bookings.ts'
import { DRIVER_GUARDS } from './guards/driver.ts'
import { EDGE_GUARDS } from './guards/edge.ts'
import { ORDER_GUARDS } from './guards/order.ts'
import { PRICE_GUARDS } from './guards/prices.ts'
import { MODEL_GUARDS, STATEMENT_GUARDS } from './guards/record.ts'
import { RUNTIME_GUARDS } from './guards/runtime.ts'
import { STRAIGHT_GUARDS } from './guards/straight.ts'
import type { Mutation } from './mutation.ts'

export const GUARDS: readonly Mutation[] = [
  ...ORDER_GUARDS,
  ...BOOKING_GUARDS,
  ...DRIVER_GUARDS,
  ...RUNTIME_GUARDS,
  ...PRICE_GUARDS,
  ...MODEL_GUARDS,
  ...STATEMENT_GUARDS,
  ...STRAIGHT_GUARDS,
]

/** Those around the engine, each with the tests of its own folder: a run of their own. */
export { EDGE_GUARDS }

export const ALL_GUARDS: readonly Mutation[] = [...GUARDS, ...EDGE_GUARDS]
