/** What an order means for the prices around it: somebody who still asks at its pickup, a driver who is free soon at its end. */
import { cellAt, PRICE_RES } from '../../domain/h3.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { modeOfOrder } from '../../domain/mode.ts'
import { areaOf } from '../../domain/surge/neighbourhood.ts'
import { type Effect, setTimer } from '../runtime/turn.ts'
import { toPricing } from '../send.ts'
import { ANNOUNCE_EVERY_MS, type DispatchSettings } from '../settings.ts'
import type { OrderState } from './order.state.ts'

/** A driver counts as free soon this long before it is expected at the drop-off. */
const SOON_MS = 300_000
/** Somebody who is that late is not believed any more. */
const LATE_MAX_MS = 600_000

/** Its customer asks for as long as it waits: unserved requests are demand, too. Not those of tests. */
export function stillAsks(state: OrderState, { shards }: DispatchSettings): Effect[] {
  const { pickup, pricing, orderId } = state.terms
  if (modeOfOrder(orderId) === 'test') return []
  const cell = cellAt(pickup, PRICE_RES)
  return [toPricing(areaOf(cell), shards, { kind: 'pricing.waiting', cell, asker: pricing?.asker ?? orderId })]
}

/**
 * Armed wherever an order on its way to the drop-off comes to life. After a crash that is once somebody loads it, at the latest its driver,
 * which asks within a minute: until then nobody speaks of it.
 */
export function freeSoonTimer({ status, assignment }: OrderState, nowMs: UnixMs): Effect[] {
  if (status !== 'en_route_to_dropoff' || !assignment) return []
  return [setTimer('soon', Math.max(nowMs + 1, assignment.dropoffAtMs - SOON_MS))]
}

/** Told again and again, as drivers that are free do: whoever falls silent is taken for gone. */
export function freeSoon(
  state: OrderState,
  { nowMs, settings }: { readonly nowMs: UnixMs; readonly settings: DispatchSettings },
): Effect[] {
  const { assignment, terms, status } = state
  if (modeOfOrder(terms.orderId) === 'test') return []
  if (status !== 'en_route_to_dropoff' || !assignment || nowMs > assignment.dropoffAtMs + LATE_MAX_MS) return []
  const cell = cellAt(terms.dropoff, PRICE_RES)
  const { driverId } = assignment
  return [
    toPricing(areaOf(cell), settings.shards, { kind: 'pricing.driver', driverId, cell, is: 'soon' }),
    setTimer('soon', nowMs + ANNOUNCE_EVERY_MS),
  ]
}
