/**
 * May this caller do this to that? First its role and scopes: a forbidden action is 403, whether or not its object exists.
 * Then, for those who reach only their own, whose the object is: another's is not found, so that nobody learns that it is there.
 *
 * An order's customer never changes. Its driver may, between this look and the command that follows it: there the order's
 * own actor judges again, within the turn.
 */
import type { OrderState } from '../../actors/order/order.state.ts'
import { type OrderId, orderOfOffer, parseOrderId } from '../../domain/ids.ts'
import { notFound, Refusal } from '../problem.ts'
import { checkMode } from './own-mode.ts'
import type { Principal } from './principal.ts'
import { type AccessRule, type Reach, reachOf } from './table.ts'

export type ReadOrder = (orderId: OrderId) => Promise<OrderState | null>

export interface Asked {
  readonly rule: AccessRule
  readonly principal: Principal
  readonly params: Readonly<Record<string, string>>
}

/** @throws {Refusal} `forbidden` */
export function checkRole(rule: AccessRule, principal: Principal): Reach {
  const reach = reachOf(rule, principal.role)
  checkModeOfRule(rule, principal)
  if (reach === undefined) throw new Refusal('forbidden', `This is not for a ${principal.role} to do.`)
  if (!isInScope(rule, principal)) {
    const needed = rule.scope === null ? 'a credential without scopes' : `the scope ${rule.scope}`
    throw new Refusal('forbidden', `This needs ${needed}.`, {
      headers: { 'www-authenticate': 'Bearer realm="waggle", error="insufficient_scope"' },
    })
  }
  return reach
}

/** Whether its role, mode and scopes allow it; whose the object is is judged with each call. */
export function mayDo(rule: AccessRule, principal: Principal): boolean {
  return reachOf(rule, principal.role) !== undefined && isForMode(rule, principal) && isInScope(rule, principal)
}

function isForMode({ modes = 'live' }: AccessRule, { mode }: Principal): boolean {
  return modes === 'both' || modes === mode
}

function checkModeOfRule(rule: AccessRule, principal: Principal): void {
  if (isForMode(rule, principal)) return
  const { mode } = principal
  throw new Refusal('forbidden', mode === 'test' ? 'This is not for test keys.' : 'This is for test keys (sk_test_…).')
}

function isInScope({ scope }: AccessRule, { scopes }: Principal): boolean {
  if (scopes === null || scope === 'any') return true
  return scope !== null && scopes.has(scope)
}

/**
 * @returns a promise only where an object must be read, so that a position waits for nothing: of the order, where it was that.
 * @throws {Refusal} `forbidden` or `not_found`
 */
export function permit(asked: Asked, readOrder: ReadOrder): Promise<OrderState | null> | undefined {
  const { rule, principal, params } = asked
  const reach = checkRole(rule, principal)
  checkMode(params, principal.mode)
  if (reach === 'any') return undefined
  switch (rule.object) {
    case 'none':
      return undefined
    case 'driver':
      if (params.driver_id !== principal.id) throw notFound('driver')
      return undefined
    case 'customer':
      if (params.customer_id !== principal.id) throw notFound('customer')
      return undefined
    case 'order':
      return permitOrder(params.order_id ?? '', principal, readOrder)
    case 'offer':
      return permitOffer(params.offer_id ?? '', principal, readOrder)
  }
}

async function permitOrder(text: string, principal: Principal, readOrder: ReadOrder): Promise<OrderState | null> {
  if (principal.role === 'link' && text === principal.id) return null
  const orderId = parseOrderId(text)
  const order = orderId === null ? null : await readOrder(orderId)
  if (order === null || !isOwnOrder(order, principal)) throw notFound('order')
  return order
}

/** An offer that is over is nobody's: whether it was the caller's is for the order to say, which answers `offer_closed`. */
async function permitOffer(text: string, principal: Principal, readOrder: ReadOrder): Promise<null> {
  const orderId = orderOfOffer(text)
  const order = orderId === null ? null : await readOrder(orderId)
  const offer =
    order?.offers.find(({ offerId }) => offerId === text) ??
    (order?.assignment?.offerId === text ? order.assignment : undefined)
  if (order === null || (offer !== undefined && offer.driverId !== principal.id)) throw notFound('offer')
  return null
}

/** Of a customer: booked for it. Of a driver: it has it, is promised to it, or had it when it ended. Of a link: the one that it is for. */
export function isOwnOrder({ terms, assignment, reservation }: OrderState, { role, id }: Principal): boolean {
  switch (role) {
    case 'customer':
      return terms.customerId === id
    case 'driver':
      return (assignment ?? reservation)?.driverId === id
    case 'link':
      return terms.orderId === id
    case 'dispatcher':
    case 'service':
    case 'admin':
      return true
  }
}
