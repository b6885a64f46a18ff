/** What a driver's actor tells its phone, in the shape of the contract. */
import type { JsonObject } from '../../actors/runtime/turn.ts'
import type { OrderLinks } from '../order-links.ts'
import { formatInstantOrNull } from '../rfc3339.ts'
import { isJsonObject } from './json.ts'
import { renderOrderFor } from './order.ts'
import { orderState } from './state.ts'

export function renderPhoneMessage(type: string, data: JsonObject, links: OrderLinks): object {
  const { order, expires_at_ms: expiresAtMs, ...rest } = data
  return {
    type,
    ...rest,
    ...(isJsonObject(order) ? { order: renderOrderFor({ role: 'driver' }, orderState(order), links) } : {}),
    ...(typeof expiresAtMs === 'number' ? { expires_at: formatInstantOrNull(expiresAtMs) } : {}),
  }
}
