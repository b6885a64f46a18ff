/** Who could serve an order, at what cost, and what rules the others out. */
import {
  costCapS,
  type DriverFacts,
  driverCostS,
  earlyS,
  fitS,
  type OrderFacts,
  orderCostS,
  scarcityOf,
} from '../../domain/dispatch-cost.ts'
import { travelTimeS } from '../../domain/eta.ts'
import type { DriverId, OrderId, UnixMs } from '../../domain/ids.ts'
import { reachM } from '../../domain/reach.ts'
import { isLate } from '../../domain/reservations.ts'
import { jobS } from '../../domain/stops.ts'
import type { DispatchSettings } from '../settings.ts'
import type { KnownDriver, NearestAsk } from './driver-field.ts'
import type { WaitingOrder } from './matching-cell.messages.ts'
import type { KnownOrder, MatchingCellState } from './matching-cell.state.ts'

/** The nearest drivers able to serve it that are looked at per order (a broadcast looks at more). */
const LOOKED_AT_MAX = 40

/**
 * Orders that one batch looks at. More wait in a metropolis where something is wrong, or after a restart, and to look at all of them in
 * one turn would hold their thread up for seconds: the others are looked at by the next batches, in turn.
 */
export const ORDERS_MAX = 2_000

export interface BatchContext {
  readonly nowMs: UnixMs
  readonly windowMs: number
  readonly settings: DispatchSettings
}

interface Ground extends BatchContext {
  readonly state: MatchingCellState
}

/** What a batch knows before it weighs any pair. */
export interface Market extends Ground {
  /** Whose turn it is. */
  readonly orders: readonly KnownOrder[]
  readonly waiting: number
  readonly free: number
  /** Of the orders that somebody here could serve: others wait for what is not there, and make nobody's driver scarcer. */
  readonly scarcity: number
  /** Who could serve each order: the nearest of them. */
  readonly able: ReadonlyMap<OrderId, readonly KnownDriver[]>
  /** Of the waiting orders. */
  readonly meanJobS: number
  /** To leave an order open costs this much. */
  readonly capS: number
  readonly meanServed: number
  /** The terms of each driver alone, computed when it is first looked at. */
  readonly driverCosts: Map<DriverId, number>
}

export interface Look {
  readonly driver: KnownDriver
  /** What is left of its present order included. */
  readonly pickupEtaS: number
  readonly leftS: number
  /** It would stand there for so long before the order is ready. */
  readonly standsS: number
  readonly costS: number
  readonly excludedBy: string | null
}

export function openMarket(state: MatchingCellState, context: BatchContext): Market {
  const { nowMs, settings } = context
  const free = state.drivers.free(nowMs)
  let jobsS = 0
  for (const { order } of state.orders.values()) jobsS += jobS(order.tripS, settings.ruleset.stops)
  const ground = { ...context, state }
  const able = new Map<OrderId, readonly KnownDriver[]>()
  const orders = [...state.orders.values().take(ORDERS_MAX)]
  for (const { order } of orders) {
    const near = nearestAble(order, ground)
    if (near.length > 0) able.set(order.orderId, near)
  }
  const waiting = state.orders.size
  const scarcity = scarcityOf(able.size, free)
  const meanJobS = waiting === 0 ? 0 : jobsS / waiting
  return {
    ...ground,
    orders,
    waiting,
    free,
    scarcity,
    able,
    meanJobS,
    capS: costCapS({ scarcity, meanJobS, pickupMaxS: settings.pickupMaxS }, settings.ruleset),
    meanServed: state.drivers.meanServed,
    driverCosts: new Map(),
  }
}

/** Whoever could serve the order, of the nearest, the cheapest first. */
export function lookAround(order: WaitingOrder, market: Market): Look[] {
  const orderS = orderCostS(orderFacts(order, market), market.scarcity, market.settings.ruleset)
  const looks = (market.able.get(order.orderId) ?? []).map(known => lookAt(known, order, orderS, market))
  return looks.filter(look => look.excludedBy === null).sort((a, b) => a.costS - b.costS)
}

function nearestAble(order: WaitingOrder, ground: Ground): KnownDriver[] {
  const limit = Math.max(LOOKED_AT_MAX, 2 * ground.settings.offersAtOnce)
  const { nowMs, settings } = ground
  const open = { nowMs, freeByMs: nowMs + settings.ruleset.lookAhead.planS * 1_000 }
  return nearest(order, ground, { limit, open, accept: known => whyExcluded(known, order, 0, ground) === null })
}

/** The nearest of those who could not, and why not: for the explanation only. */
export function lookAtOthers(order: WaitingOrder, limit: number, market: Market): Look[] {
  const orderS = orderCostS(orderFacts(order, market), market.scarcity, market.settings.ruleset)
  const near = nearest(order, market, { limit, accept: () => true })
  return near.map(known => lookAt(known, order, orderS, market)).filter(look => look.excludedBy !== null)
}

function nearest(
  { pickup }: WaitingOrder,
  { state, settings }: Ground,
  { limit, open, accept }: Omit<NearestAsk, 'radiusM'>,
): KnownDriver[] {
  const radiusM = reachM(settings.pickupMaxS)
  return state.drivers.nearest(pickup, { limit, radiusM, accept, ...(open && { open }) })
}

function lookAt(known: KnownDriver, order: WaitingOrder, orderS: number, market: Market): Look {
  const { driver } = known
  const { ruleset } = market.settings
  const leftS = Math.max(0, driver.freeAtMs - market.nowMs) / 1_000
  const driveS = travelTimeS(driver.position, order.pickup)
  const pickupEtaS = Math.round(leftS + driveS)
  const standsS = Math.max(0, ((order.readyAtMs ?? 0) - market.nowMs) / 1_000 - leftS - driveS)
  const costS =
    driveS +
    ruleset.lookAhead.leftWeight * leftS +
    driverCost(known, market) +
    fitS(driver.capacity - order.size, ruleset) +
    earlyS(standsS, ruleset) +
    orderS
  return { driver: known, pickupEtaS, leftS, standsS, costS, excludedBy: whyExcluded(known, order, pickupEtaS, market) }
}

/** It has waited for so long that it takes what it can get. */
export function isOverdue(order: WaitingOrder, market: Market): boolean {
  return orderFacts(order, market).ageS >= market.settings.ruleset.lookAhead.commitAgeS
}

function driverCost(known: KnownDriver, market: Market): number {
  const { driverId } = known.driver
  const reckoned = market.driverCosts.get(driverId)
  if (reckoned !== undefined) return reckoned
  const costS = driverCostS(driverFacts(known, market), market.settings.ruleset)
  market.driverCosts.set(driverId, costS)
  return costS
}

export function driverFacts({ driver }: KnownDriver, { nowMs, meanServed }: Market): DriverFacts {
  const { idleSinceMs, servedToday, refusedShare, rating } = driver
  const idleS = idleSinceMs === null ? 0 : Math.max(0, nowMs - idleSinceMs) / 1_000
  return { idleS, servedAboveMean: servedToday - meanServed, refusedShare, rating }
}

export function orderFacts({ sinceMs, tripS }: WaitingOrder, { nowMs, meanJobS, settings }: Market): OrderFacts {
  return { ageS: Math.max(0, nowMs - sinceMs) / 1_000, jobS: jobS(tripS, settings.ruleset.stops), meanJobS }
}

/** It is promised to an order of later, and would not be there in time. The driver itself knows all of its promises. */
function isLateFor({ driver }: KnownDriver, order: WaitingOrder, pickupEtaS: number, context: BatchContext): boolean {
  const { reservation } = driver
  if (!reservation || !order.dropoff) return false
  const arrivesAtMs = context.nowMs + pickupEtaS * 1_000
  const job = { arrivesAtMs, readyAtMs: order.readyAtMs, driveS: order.tripS, dropoff: order.dropoff }
  return isLate(reservation, job, context.settings.ruleset.stops)
}

function whyExcluded(
  known: KnownDriver,
  order: WaitingOrder,
  pickupEtaS: number,
  context: BatchContext,
): string | null {
  const { driver, reservedUntilMs, seenAtMs } = known
  const { nowMs, settings } = context
  if (order.refusedBy.includes(driver.driverId)) return 'refused'
  if (order.vehicleType !== null && driver.vehicleType !== order.vehicleType) return 'vehicle_type'
  if (order.size > driver.room) return 'capacity'
  if (!order.skills.every(skill => driver.skills.includes(skill))) return 'skills'
  if (pickupEtaS > settings.pickupMaxS) return 'too_far'
  if (nowMs < reservedUntilMs) return 'reserved'
  if (nowMs - seenAtMs > settings.staleMs) return 'stale'
  if (isLateFor(known, order, pickupEtaS, context)) return 'reservation'
  // Far ahead there is no telling who will be near.
  return driver.freeAtMs > nowMs + settings.ruleset.lookAhead.planS * 1_000 ? 'present_order' : null
}
