/** Asks the node: one errand, or everything that it has for this courier. */
import type { Api, Question, Reply } from './api.ts'
import type { Outcome, ReadResult } from './core/events.ts'
import type { CourierOrder } from './core/order.ts'
import type { ErrandWhat } from './core/state.ts'

const UNDER_WAY = 'assigned,en_route_to_pickup,at_pickup,en_route_to_dropoff'
/** More than a vehicle has room for; the rest would be read when these are done. */
const ORDERS_MAX = 100

export async function askErrand(api: Api, driverId: string, what: ErrandWhat): Promise<Outcome> {
  const { path, ...question } = questionOf(driverId, what)
  return outcomeOf(await api.ask(path, question))
}

function questionOf(driverId: string, what: ErrandWhat): Question & { readonly path: string } {
  switch (what.kind) {
    case 'accept':
    case 'decline':
      return { method: 'POST', path: `/v1/offers/${encodeURIComponent(what.offerId)}/${what.kind}` }
    case 'duty':
      return {
        method: 'PUT',
        path: `/v1/drivers/${encodeURIComponent(driverId)}/availability`,
        body: { status: what.status },
      }
    case 'step': {
      const proof = what.proof === undefined ? {} : { proof: what.proof }
      return { method: 'POST', path: ofOrder(what, 'status'), body: { status: what.step, ...proof } }
    }
    case 'no_show':
      return { method: 'POST', path: ofOrder(what, 'no-show') }
    case 'give_back':
      return { method: 'POST', path: ofOrder(what, 'unassign'), body: { reason: what.reason } }
    case 'cancel':
      return { method: 'POST', path: ofOrder(what, 'cancel'), body: { reason: what.reason } }
    case 'rate': {
      const { stars, comment } = what
      const body = { stars, ...(comment === null ? {} : { comment }) }
      return {
        method: 'POST',
        path: ofOrder(what, 'ratings'),
        body,
        idempotencyKey: `courier-rating-${what.orderId}`,
      }
    }
  }
}

function ofOrder({ orderId }: { readonly orderId: string }, verb: string): string {
  return `/v1/orders/${encodeURIComponent(orderId)}/${verb}`
}

export function outcomeOf(reply: Reply): Outcome {
  if (reply.kind === 'silence') return { kind: 'passing', retryAfterMs: null }
  const { status, body, retryAfterMs } = reply
  if (status < 300) return { kind: 'done', body }
  if (status === 401) return { kind: 'unauthorized' }
  const code = typeof body.code === 'string' ? body.code : 'unknown'
  if (status >= 500 || status === 429 || code === 'idempotency_in_progress') return { kind: 'passing', retryAfterMs }
  return {
    kind: 'refused',
    status,
    code,
    text: typeof body.detail === 'string' ? body.detail : `The node answered ${status}.`,
    ...(typeof body.order_status === 'string' ? { orderStatus: body.order_status } : {}),
    ...(typeof body.allowed_at === 'string' ? { allowedAt: body.allowed_at } : {}),
  }
}

/** @returns `unauthorized`, or null where not everything could be read. */
export async function readAll(api: Api, driverId: string, atTurn: number): Promise<ReadResult | 'unauthorized' | null> {
  const id = encodeURIComponent(driverId)
  const [driver, orders, offers] = await Promise.all([
    api.ask(`/v1/drivers/${id}`),
    api.ask(`/v1/orders?status=${UNDER_WAY}&limit=${ORDERS_MAX}`),
    api.ask(`/v1/offers?driver_id=${id}`),
  ])
  const replies = [driver, orders, offers]
  if (replies.some(reply => reply.kind === 'answer' && reply.status === 401)) return 'unauthorized'
  const listed = bodyOf(orders)
  if (listed === null || !isKnown(driver) || !isKnown(offers)) return null
  return {
    atTurn,
    status: (bodyOf(driver)?.status as string | undefined) ?? null,
    orders: listed.data as readonly CourierOrder[],
    openOffers: ((bodyOf(offers)?.data ?? []) as readonly { offer_id: string }[]).map(offer => offer.offer_id),
  }
}

/** What `/v1/stream` closes a connection with whose credential is over. */
const POLICY_VIOLATION = 1_008

/** A socket does not say why it was refused: an ordinary question does. @param code  with which it was closed. */
export async function isAccessOver(api: Api, driverId: string, code: number): Promise<boolean> {
  const reply = await api.ask(`/v1/drivers/${encodeURIComponent(driverId)}`)
  if (reply.kind !== 'answer') return false
  return reply.status === 401 || (code === POLICY_VIOLATION && reply.status === 403)
}

/** A driver whom the node has not seen yet has no status and no offers. */
function isKnown(reply: Reply): boolean {
  return reply.kind === 'answer' && (reply.status === 200 || reply.status === 404)
}

function bodyOf(reply: Reply): Readonly<Record<string, unknown>> | null {
  return reply.kind === 'answer' && reply.status === 200 ? reply.body : null
}
