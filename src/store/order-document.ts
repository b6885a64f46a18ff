/**
 * An order's document lies in two rows: its state, written with each turn, and its terms, which hardly ever change. Of an order
 * that a version before this one has booked the terms are in the state. Whoever reads takes the one or the other.
 */
import type { JsonObject } from '../actors/runtime/turn.ts'

const ROW_OF_TERMS = '(select t.terms from order_terms t where t.order_id = orders.order_id)'

/** For a list of columns, beside `state`; null where the terms are in the state. In a query of `orders` by that name. */
export const TERMS_COLUMN = `${ROW_OF_TERMS} as terms`

/** As the former, wherever they are: for a query that looks into the terms of a few orders. */
export const WHOLE_TERMS_COLUMN = `coalesce(state->'terms', ${ROW_OF_TERMS}) as terms`

/** In place of `orders`, for a query that looks into the terms. */
export const ORDERS_WITH_TERMS = `(
  select o.*, coalesce(o.state->'terms', t.terms) as terms from orders o left join order_terms t on t.order_id = o.order_id)`

export interface OrderDocument {
  readonly state: JsonObject
  readonly terms: JsonObject | null
}

/**
 * The state as its decider knows it. Where it has terms of its own they count, whatever the other row says: only a version of before puts
 * them there, and one that has amended an order of a later version has left the other row as it was.
 */
export function wholeState({ state, terms }: OrderDocument): JsonObject {
  return terms === null || 'terms' in state ? state : { ...state, terms }
}
