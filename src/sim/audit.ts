import type { OrderStatus } from '../domain/order-lifecycle.ts'
import { auditOrder, type Violations } from './check.ts'
import { nowMs } from './clock.ts'
import type { HttpClient } from './http-client.ts'
import type { KnownOrder } from './order-book.ts'
import { Counts } from './tally.ts'

/** The end of a run: every acknowledged order is looked up once more, then the streets are cleared. */
export interface AuditResult {
  /** How orders ended, by reason; `open` are still on their way, `unverified` could not be looked up. */
  readonly ends: Record<string, number>
  readonly stillOpen: readonly string[]
}

const ANSWER_WITHIN_MS = 10_000
const CLEAN_WITHIN_MS = 3_000

export async function auditOrders(
  http: HttpClient,
  orders: readonly KnownOrder[],
  violations: Violations,
): Promise<AuditResult> {
  const ends = new Counts()
  const stillOpen: string[] = []
  const untilMs = nowMs() + ANSWER_WITHIN_MS
  const auditOne = async (order: KnownOrder) => {
    // An end that is told while the question is on its way is none that the answer must know.
    const toldEnd = order.end
    const outcome = await http.untilAnswered({ method: 'GET', path: `/v1/orders/${order.orderId}` }, untilMs)
    const audit = auditOrder(order.orderId, toldEnd, outcome)
    if (audit.kind === 'violated') violations.add(audit.violation)
    if (audit.kind === 'unknown') ends.add('unverified')
    if (audit.kind !== 'sound') return
    const end = endOf(order, audit.status)
    ends.add(end)
    if (end === 'open') stillOpen.push(order.orderId)
  }
  await Promise.all(orders.map(auditOne))
  return { ends: ends.toObject(), stillOpen }
}

function endOf(order: KnownOrder, status: OrderStatus): string {
  if (status === 'delivered' || status === 'expired') return status
  if (status !== 'cancelled') return 'open'
  return order.cancelCause === null ? 'cancelled_by_others' : `cancelled_${order.cancelCause}`
}

/** Leaves nothing behind that the next run would stumble over. What the node refuses stays as it is. */
export async function clearStreets(
  http: HttpClient,
  orderIds: readonly string[],
  driverIds: readonly string[],
): Promise<void> {
  const untilMs = nowMs() + CLEAN_WITHIN_MS
  const cancel = (orderId: string) => {
    const body = { reason: 'the simulation is over' }
    return http.untilAnswered({ method: 'POST', path: `/v1/orders/${orderId}/cancel`, body }, untilMs)
  }
  const goOffline = (driverId: string) => {
    const body = { status: 'offline' }
    return http.untilAnswered({ method: 'PUT', path: `/v1/drivers/${driverId}/availability`, body }, untilMs)
  }
  await Promise.all(orderIds.map(cancel))
  await Promise.all(driverIds.map(goOffline))
}
