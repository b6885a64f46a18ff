/** Who may watch what. Whose an order is can only be said once it is read: see `isOwnOrder`. */
import type { Topic } from '../live/topics.ts'
import { notFound } from '../problem.ts'
import { checkRole } from './permit.ts'
import type { Principal } from './principal.ts'
import { ruleOf } from './table.ts'

/** @throws {Refusal} `forbidden` or `not_found` */
export function checkTopic(topic: Topic, principal: Principal): void {
  if (checkRole(ruleOf(`TOPIC ${topic.kind}`), principal) === 'any') return
  if (topic.kind === 'driver' && topic.driverId !== principal.id) throw notFound('driver')
  if (topic.kind === 'order' && principal.role === 'link' && topic.orderId !== principal.id) throw notFound('order')
}
