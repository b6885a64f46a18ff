import type { OrderState, RatingSide } from '../../actors/order/order.state.ts'
import type { RatingSum } from '../../store/ratings.ts'
import type { Principal } from '../access/principal.ts'
import { formatInstant } from '../rfc3339.ts'
import type { RatingSumView, RatingView } from '../schemas/rating.ts'

const SIDES: readonly RatingSide[] = ['customer', 'driver']

/** Each side is shown its own; who runs the fleet is shown both. */
export function ratingsFor({ role }: Principal, order: OrderState): RatingView[] {
  const sides = SIDES.filter(side => side === role || !(SIDES as readonly string[]).includes(role))
  return sides.flatMap(side => renderRating(order, side) ?? [])
}

/** @returns null where that side has not rated. */
export function renderRating({ terms, ratings }: OrderState, side: RatingSide): RatingView | null {
  const rating = ratings?.[side]
  if (!rating) return null
  const { stars, comment, atMs } = rating
  return { order_id: terms.orderId, side, stars, comment, at: formatInstant(atMs) }
}

export function renderRatingSum({ count, average }: RatingSum): RatingSumView {
  return { count, average: average === null ? null : Math.round(average * 100) / 100 }
}
