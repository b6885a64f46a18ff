import type { CellId, DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import { modeOfOrder } from '../../domain/mode.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { matchingCellsNear } from '../../domain/reach.ts'
import { hashOf } from '../../domain/region.ts'
import type { DriverTask } from '../driver/driver.state.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import { asJson, type Effect, publish, setTimer, type Turn, turn, type Writes } from '../runtime/turn.ts'
import { matchingCellAt, toDriver, toMatching } from '../send.ts'
import { ANNOUNCE_EVERY_MS, type DispatchSettings, REFUSALS_MAX, VERIFY_LOAD_EVERY_MS } from '../settings.ts'
import { stillAsks } from './order.demand.ts'
import { evolve, isDurable } from './order.evolve.ts'
import type { OrderEvent, OrderReply } from './order.messages.ts'
import type { Awaiting, OpenOffer, OrderState } from './order.state.ts'

export interface OrderContext {
  readonly settings: DispatchSettings
  readonly nowMs: UnixMs
}

/** A refusal is final for whoever hears it (a driver gives up its trip), so no answer may come from a stale memory. */
export function answer(to: ReplyTo | undefined, body: OrderReply): Effect[] {
  return to ? [{ kind: 'reply', to, body: asJson(body), mustBeCurrent: true }] : []
}

export function answerOrder(to: ReplyTo | undefined, state: OrderState): Effect[] {
  return answer(to, { kind: 'order', order: asJson(recorded(state)) })
}

/** What of the state is in the record: the promises of drivers are not. */
export function recorded(state: OrderState): OrderState {
  if (state.offers.length === 0) return state
  return { ...state, offers: state.offers.map(o => ({ ...o, hold: null, waiting: [], accepted: false })) }
}

/** For whoever watches the order. */
export function publishOrder(state: OrderState): Effect {
  return publish(`order:${state.terms.orderId}`, 'order', asJson(recorded(state)))
}

/**
 * A turn that changes the order: whoever waits is answered with the state after it, watchers see it, and the matching
 * cell is told where the order began or ceased to wait for a driver.
 */
export function changed(
  before: OrderState | null,
  events: readonly OrderEvent[],
  replyTo: ReplyTo | undefined,
  context: OrderContext,
  more: (after: OrderState) => { effects?: readonly Effect[]; writes?: Writes } = () => ({}),
): Turn<OrderEvent> {
  const after = events.reduce<OrderState | null>(evolve, before)
  if (!after) return turn(events)
  const { effects = [], writes = {} } = more(after)
  const visible = events.some(isDurable)
  return turn(
    events,
    [
      ...answerOrder(replyTo, after),
      ...effects,
      ...(visible ? [publishOrder(after)] : []),
      ...rematch(before, after, context),
    ],
    writes,
  )
}

function rematch(before: OrderState | null, after: OrderState, { nowMs, settings }: OrderContext): Effect[] {
  const waited = before !== null && waits(before)
  if (waits(after)) return waited ? [] : announce(after, nowMs, settings)
  return waited || before?.status === 'placed' ? leaveMatching(after, settings) : []
}

/**
 * The order wants a driver and none is being asked. Refused by as many as can be remembered it waits for a dispatcher or
 * its end: whoever is asked next could be one who has refused and was forgotten.
 */
export function waits(state: OrderState): boolean {
  const { status, offers, refusedBy, reservation } = state
  // Its driver is asked first.
  return status === 'placed' && offers.length === 0 && refusedBy.length < REFUSALS_MAX && !reservation
}

/** Tells the matching cell that the order waits, now and again until it does not: a cell that lost its memory has it soon. */
export function announce(state: OrderState, nowMs: UnixMs, settings: DispatchSettings): Effect[] {
  if (!waits(state)) return []
  const { orderId, pickup, dropoff, vehicleType, skills, size } = state.terms
  const order = {
    orderId,
    cell: matchingCellAt(pickup),
    pickup: { latitude: pickup.latitude, longitude: pickup.longitude },
    dropoff: { latitude: dropoff.latitude, longitude: dropoff.longitude },
    vehicleType,
    skills,
    size,
    refusedBy: state.refusedBy,
    sinceMs: state.dueAtMs,
    tripS: state.terms.durationS,
    readyAtMs: state.terms.readyAtMs ?? null,
  }
  const cells = { shards: settings.shards, mode: modeOfOrder(orderId) }
  return [
    ...cellsOf(state, settings).map(cell => toMatching(cell, cells, { kind: 'matching.order', order })),
    ...stillAsks(state, settings),
    setTimer('announce', nextWordAtMs(orderId, nowMs)),
  ]
}

/**
 * Each order has a moment of its own within the interval. Those of a city that are loaded together after a restart would otherwise
 * speak together every time, and hold their thread up for as long as twenty thousand of them take.
 *
 * @returns in half an interval at least, in one and a half at most.
 */
function nextWordAtMs(orderId: OrderId, nowMs: UnixMs): UnixMs {
  const earliestMs = nowMs + ANNOUNCE_EVERY_MS / 2
  const sinceOwnMs = (earliestMs - (hashOf(orderId) % ANNOUNCE_EVERY_MS)) % ANNOUNCE_EVERY_MS
  return sinceOwnMs === 0 ? earliestMs : earliestMs + ANNOUNCE_EVERY_MS - sinceOwnMs
}

function leaveMatching(state: OrderState, settings: DispatchSettings): Effect[] {
  const { orderId } = state.terms
  const cells = { shards: settings.shards, mode: modeOfOrder(orderId) }
  return cellsOf(state, settings).map(cell => toMatching(cell, cells, { kind: 'matching.order_gone', orderId }))
}

/** Where its trip has changed: the cells that need not hear of it any more. */
export function leaveCells(before: OrderState, after: OrderState, settings: DispatchSettings): Effect[] {
  const near = cellsOf(after, settings)
  const { orderId } = before.terms
  const cells = { shards: settings.shards, mode: modeOfOrder(orderId) }
  return cellsOf(before, settings)
    .filter(cell => !near.includes(cell))
    .map(cell => toMatching(cell, cells, { kind: 'matching.order_gone', orderId }))
}

/** Half the reach of a driver: a cell that hears of an order then also knows the drivers around it. */
function cellsOf({ terms: { pickup } }: OrderState, { pickupMaxS }: DispatchSettings): CellId[] {
  return matchingCellsNear(pickup, pickupMaxS / 2)
}

/** What its driver has to drive for it. */
export function taskOf({ status, terms }: OrderState): DriverTask {
  const { pickup, dropoff, durationS } = terms
  // Nobody is picked up before the time that was ordered.
  const readyAtMs = Math.max(terms.readyAtMs ?? 0, terms.scheduledAtMs ?? 0)
  return {
    pickup: { latitude: pickup.latitude, longitude: pickup.longitude },
    dropoff: { latitude: dropoff.latitude, longitude: dropoff.longitude },
    driveS: durationS,
    ...(readyAtMs === 0 ? {} : { readyAtMs }),
    phase: status === 'en_route_to_dropoff' ? 'to_dropoff' : 'to_pickup',
  }
}

/** How its order stands: it may not have heard of it (the confirmation went down with a crash), or it has changed. */
export function tellDriver(state: OrderState): Effect[] {
  const { assignment, terms } = state
  if (!assignment) return []
  const about = { orderId: terms.orderId, offerId: assignment.offerId, task: taskOf(state) }
  return [toDriver(assignment, { kind: 'driver.still_assigned', ...about, order: asJson(recorded(state)) })]
}

/**
 * To the driver of an order that is over, which may not have heard of it: until it asks by itself it would count as busy. Who has
 * heard of it drops it.
 */
export function tellOfEnd({ assignment, terms, status, reason, updatedAtMs }: OrderState, nowMs: UnixMs): Effect[] {
  if (!assignment || nowMs - updatedAtMs >= VERIFY_LOAD_EVERY_MS) return []
  const about = { orderId: terms.orderId, offerId: assignment.offerId }
  return [toDriver(assignment, { kind: 'driver.ended', ...about, reason: reason ?? status, status })]
}

/** As of an order that is over: to whom it was taken from. */
export function tellOfLoss({ takenFrom, terms, status }: OrderState, nowMs: UnixMs): Effect[] {
  if (!takenFrom || nowMs - takenFrom.atMs >= VERIFY_LOAD_EVERY_MS) return []
  const about = { orderId: terms.orderId, offerId: takenFrom.offerId }
  return [toDriver(takenFrom, { kind: 'driver.ended', ...about, reason: 'unassigned', status })]
}

/** Where the driver of an offer is reached: where it promised, else where it was seen last. */
export function driverOf({ driverId, driverShard, hold }: OpenOffer): { driverId: DriverId; driverShard: ShardId } {
  return { driverId, driverShard: hold?.driverShard ?? driverShard }
}

export function answerClosed(offer: OpenOffer, reason: string): Effect[] {
  return offer.waiting.flatMap(({ to, ifClosed }) => answer(to ?? undefined, closedReply(ifClosed, reason)))
}

export function closedReply(ifClosed: Awaiting['ifClosed'], reason: string): OrderReply {
  return ifClosed === 'offer_closed' ? { kind: ifClosed } : { kind: ifClosed, reason }
}

/** No phone rings for an order that is gone; who waits for an answer to an accept gets it. */
export function revokeAll(offers: readonly OpenOffer[], reason: string): Effect[] {
  return offers.flatMap(offer => [
    toDriver(driverOf(offer), { kind: 'driver.revoke', offerId: offer.offerId, reason }),
    ...answerClosed(offer, reason),
  ])
}

/** Tells the driver that the order is no longer its own. */
export function endAssignment(state: OrderState, reason: string, status: string): Effect[] {
  if (!state.assignment || isEnded(state.status)) return []
  const { offerId } = state.assignment
  return [toDriver(state.assignment, { kind: 'driver.ended', orderId: state.terms.orderId, offerId, reason, status })]
}

/** Gives the driver's load back, in the transaction of the same turn. */
export function releaseOf(state: OrderState): Writes {
  if (!state.assignment || isEnded(state.status)) return {}
  return { release: { orderId: state.terms.orderId, driverId: state.assignment.driverId, size: state.terms.size } }
}
