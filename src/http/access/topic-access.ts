/** Who may watch what. Whose an order is can only be said once it is read: see `isOwnOrder`. */
import { modeOfOrder } from '../../domain/mode.ts'
import type { Topic } from '../live/topics.ts'
import { notFound } from '../problem.ts'
import { checkDriverMode } from './own-mode.ts'
import { checkRole } from './permit.ts'
import type { Principal } from './principal.ts'
import { ruleOf } from './table.ts'

/** @throws {Refusal} `forbidden` or `not_found` */
export function checkTopic(topic: Topic, principal: Principal): void {
  const reach = checkRole(ruleOf(`TOPIC ${topic.kind}`), principal)
  if (topic.kind === 'driver') checkDriverMode(topic.driverId, principal.mode)
  if (topic.kind === 'order' && modeOfOrder(topic.orderId) !== principal.mode) throw notFound('order')
  if (reach === 'any') return
  if (topic.kind === 'driver' && topic.driverId !== principal.id) throw notFound('driver')
  if (topic.kind === 'order' && principal.role === 'link' && topic.orderId !== principal.id) throw notFound('order')
}
