/** What is asked of the orders of `order.fixtures.ts`. */
import type { UnixMs } from '../../domain/ids.ts'
import { evolve } from './order.evolve.ts'
import { ADMIN, ANN, ANNS_SHARD, ASKER, HOLD, NOW_MS, OFFER_ID, SETTINGS } from './order.fixtures.ts'
import type { OrderMessage } from './order.messages.ts'
import type { OrderState } from './order.state.ts'
import { decide } from './order.ts'

export function take(state: OrderState | null, message: OrderMessage, nowMs: UnixMs = NOW_MS, settings = SETTINGS) {
  return decide(state, message, nowMs, settings)
}

export function after(state: OrderState, message: OrderMessage, nowMs: UnixMs = NOW_MS): OrderState {
  return take(state, message, nowMs).events.reduce<OrderState>(evolve, state)
}

export const asked = { by: ADMIN, replyTo: ASKER }
export const ACCEPT: OrderMessage = { kind: 'order.accept', ...asked, offerId: OFFER_ID }
export const HELD: OrderMessage = { kind: 'order.held', offerId: OFFER_ID, driverId: ANN, position: null, ...HOLD }
export const ANN_ASKS = { offerId: OFFER_ID, driverId: ANN, driverShard: ANNS_SHARD }
/** What becomes of it in a turn, in short. */
export const CANCEL_ASSIGNED = '*cancelled !release =order >driver.ended'
