/**
 * What the parties of an order thought of each other: once per side, when it is over and a driver had it. An event of the order like any
 * other, so of two ratings of one side that come at once the second meets the first. The same one again is answered as the first.
 */
import { asJson, type Turn, turn } from '../runtime/turn.ts'
import { answer, answerOrder, changed, type OrderContext } from './order.effects.ts'
import type { OrderCommand, OrderEvent } from './order.messages.ts'
import type { OrderState } from './order.state.ts'

type Rate = OrderCommand & { kind: 'order.rate' }

export function rate(state: OrderState, message: Rate, context: OrderContext): Turn<OrderEvent> {
  const { by, replyTo, side, stars, comment, key } = message
  const { assignment, status, terms } = state
  if (by.role === 'driver' && assignment?.driverId !== by.id) return turn([], answer(replyTo, { kind: 'not_found' }))
  const wasServed = status === 'delivered' || status === 'cancelled'
  if (!wasServed || !assignment) return turn([], answer(replyTo, { kind: 'invalid_transition', status }))
  const known = state.ratings?.[side]
  if (known) {
    const isSame = known.stars === stars && known.comment === comment
    return turn([], isSame ? answerOrder(replyTo, state) : answer(replyTo, { kind: 'already_rated' }))
  }
  const { driverId } = assignment
  const about = { side, stars, comment, driverId, customerId: terms.customerId }
  return changed(state, [{ type: 'rated', atMs: context.nowMs, ...about, by }], replyTo, context, after => ({
    writes: key ? { key: { ...key, response: asJson(after) } } : {},
  }))
}
