/**
 * The matching cell: sees its whole metropolis, decides nothing. It holds what drivers and orders told it last, solves a
 * batch when its window closes, and proposes; drivers and orders have the last word, so a stale view costs a
 * refusal, never a double assignment. It has no record: after a crash it is refilled by their next announcements.
 *
 * Its state is one mutable structure, changed by `evolve` alone: a cell holds thousands of drivers, its turns are never
 * refused by the record, and a copy per delta would cost more than the matching.
 */
import { fadedPickupS, smoothedPickupS, windowMs } from '../../domain/dispatch-window.ts'
import type { DriverId, OrderId, UnixMs } from '../../domain/ids.ts'
import { NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { ANNOUNCE_EVERY_MS, ANNOUNCEMENT_TTL_MS, type DispatchSettings } from '../settings.ts'
import { type Batch, solveBatch } from './matching-batch.ts'
import type { MatchingCellMessage, OpenDriver, WaitingOrder } from './matching-cell.messages.ts'
import type { MatchingCellState } from './matching-cell.state.ts'

/** A driver that was proposed is left out until it says what became of it, or for this long. */
const RESERVE_MS = 4_000

export type MatchingCellEvent =
  | { readonly type: 'driver_seen'; readonly atMs: UnixMs; readonly driver: OpenDriver }
  | { readonly type: 'drivers_gone'; readonly driverIds: readonly DriverId[] }
  | { readonly type: 'order_seen'; readonly atMs: UnixMs; readonly order: WaitingOrder }
  | { readonly type: 'orders_gone'; readonly orderIds: readonly OrderId[] }
  | { readonly type: 'reserved'; readonly atMs: UnixMs; readonly driverIds: readonly DriverId[] }
  | { readonly type: 'explained'; readonly atMs: UnixMs; readonly orderIds: readonly OrderId[] }
  | { readonly type: 'orders_passed'; readonly orderIds: readonly OrderId[] }
  | { readonly type: 'solved'; readonly atMs: UnixMs; readonly pickupsS: readonly number[] }
  | { readonly type: 'window'; readonly window: MatchingCellState['window'] }

export function evolve(state: MatchingCellState, event: MatchingCellEvent): MatchingCellState {
  switch (event.type) {
    case 'driver_seen':
      // A driver speaks only once what it was proposed for is settled: its reservation ends.
      state.drivers.set({ driver: event.driver, seenAtMs: event.atMs, reservedUntilMs: 0 })
      break
    case 'drivers_gone':
      for (const id of event.driverIds) state.drivers.delete(id)
      break
    case 'order_seen':
      addOrder(state, event.order, event.atMs)
      break
    case 'orders_gone':
      for (const id of event.orderIds) removeOrder(state, id)
      break
    case 'reserved':
      for (const id of event.driverIds) {
        const known = state.drivers.get(id)
        if (known) state.drivers.set({ ...known, reservedUntilMs: event.atMs + RESERVE_MS })
      }
      break
    case 'explained':
      for (const id of event.orderIds) {
        const known = state.orders.get(id)
        if (known) state.orders.set(id, { ...known, explainedAtMs: event.atMs })
      }
      break
    case 'orders_passed':
      for (const id of event.orderIds) putLast(state, id)
      break
    case 'solved':
      if (event.pickupsS.length === 0) break
      state.pickupMeanS = pickupMeanS(state, event.pickupsS, event.atMs)
      state.lastProposalAtMs = event.atMs
      break
    case 'window':
      state.window = event.window
      break
  }
  return state
}

/** It keeps its place among the others when it is heard of again. */
function addOrder(state: MatchingCellState, order: WaitingOrder, atMs: UnixMs): void {
  const known = state.orders.get(order.orderId)
  state.ownOrders += countOwn(state, order) - countOwn(state, known?.order)
  state.orders.set(order.orderId, { order, seenAtMs: atMs, explainedAtMs: known?.explainedAtMs ?? 0 })
}

/** Behind those who have not had their turn yet. */
function putLast({ orders }: MatchingCellState, orderId: OrderId): void {
  const known = orders.get(orderId)
  if (!known) return
  orders.delete(orderId)
  orders.set(orderId, known)
}

function removeOrder(state: MatchingCellState, orderId: OrderId): void {
  state.ownOrders -= countOwn(state, state.orders.get(orderId)?.order)
  state.orders.delete(orderId)
}

function countOwn({ cell }: MatchingCellState, order: WaitingOrder | undefined): number {
  return order?.cell === cell ? 1 : 0
}

/** One turn of a matching cell. Pure but for the solver's time. */
export function decide(
  state: MatchingCellState,
  message: MatchingCellMessage,
  nowMs: UnixMs,
  settings: DispatchSettings,
): Turn<MatchingCellEvent> {
  switch (message.kind) {
    case 'matching.driver':
      return collect(state, { type: 'driver_seen', atMs: nowMs, driver: message.driver }, nowMs, settings)
    case 'matching.driver_gone':
      return turn([{ type: 'drivers_gone', driverIds: [message.driverId] }])
    case 'matching.order':
      return collect(state, { type: 'order_seen', atMs: nowMs, order: message.order }, nowMs, settings)
    case 'matching.order_gone':
      return turn([{ type: 'orders_gone', orderIds: [message.orderId] }])
    case 'timer':
      return message.name === 'solve' ? solve(state, nowMs, settings) : explainAbsence(state, nowMs, settings)
  }
}

/** Opens a window when there is something to match. A lone order with drivers about goes at once. */
function collect(
  state: MatchingCellState,
  event: MatchingCellEvent & { type: 'driver_seen' | 'order_seen' },
  nowMs: UnixMs,
  settings: DispatchSettings,
): Turn<MatchingCellEvent> {
  if (state.window) return turn([event])
  const isNew = event.type === 'order_seen' && !state.orders.has(event.order.orderId)
  const orders = isNew && event.order.cell === state.cell ? 1 : 0
  const drivers = event.type === 'driver_seen' && !state.drivers.has(event.driver.driverId) ? 1 : 0
  const waiting = state.ownOrders + orders
  if (waiting === 0) return turn([event])
  // Where no driver is about there is nothing to solve, but somebody will ask why nobody came.
  if (state.drivers.size + drivers === 0) return turn([event], [setTimer('explain', nowMs + settings.matchWindowMs)])
  const closesAtMs = nowMs + (waiting === 1 ? 0 : settings.matchWindowMs)
  return turn([event, { type: 'window', window: { openedAtMs: nowMs, closesAtMs } }], [setTimer('solve', closesAtMs)])
}

/** Nobody is about: each order's record says so, now and then, until its drivers come. */
function explainAbsence(state: MatchingCellState, nowMs: UnixMs, settings: DispatchSettings): Turn<MatchingCellEvent> {
  if (state.window || state.drivers.size > 0) return NOTHING
  const batch = solveBatch(state, { nowMs, windowMs: settings.matchWindowMs, settings })
  return turn(
    [
      { type: 'explained', atMs: nowMs, orderIds: batch.explained },
      { type: 'orders_passed', orderIds: batch.passed },
    ],
    batch.effects,
  )
}

function solve(state: MatchingCellState, nowMs: UnixMs, settings: DispatchSettings): Turn<MatchingCellEvent> {
  const window = state.window
  if (!window) return NOTHING
  if (nowMs < window.closesAtMs) return turn([], [setTimer('solve', window.closesAtMs)])
  const forgotten = forget(state, nowMs, settings)
  for (const event of forgotten) evolve(state, event)
  const batch = solveBatch(state, { nowMs, windowMs: nowMs - window.openedAtMs, settings })
  const next = nextWindow(state, batch, nowMs, settings)
  return turn(
    [
      { type: 'orders_gone', orderIds: batch.proposed },
      { type: 'reserved', atMs: nowMs, driverIds: batch.drivers },
      { type: 'explained', atMs: nowMs, orderIds: batch.explained },
      { type: 'orders_passed', orderIds: batch.passed },
      { type: 'solved', atMs: nowMs, pickupsS: batch.pickupsS },
      { type: 'window', window: next },
    ],
    [...batch.effects, ...(next ? [setTimer('solve', next.closesAtMs)] : [])],
  )
}

/** Where no driver is about, the next one to come, or the order's next word, opens a window. */
function nextWindow(
  state: MatchingCellState,
  { proposed, pickupsS, waitingPerFree }: Batch,
  nowMs: UnixMs,
  { matchWindowMs, ruleset }: DispatchSettings,
): MatchingCellState['window'] {
  if (state.ownOrders === proposed.length || state.drivers.size === 0) return null
  const facts = { baseMs: matchWindowMs, waitingPerFree, pickupMeanS: pickupMeanS(state, pickupsS, nowMs) }
  return { openedAtMs: nowMs, closesAtMs: nowMs + windowMs(facts, ruleset) }
}

function pickupMeanS(state: MatchingCellState, pickupsS: readonly number[], nowMs: UnixMs): number | null {
  return smoothedPickupS(fadedPickupS(state.pickupMeanS, nowMs - state.lastProposalAtMs), pickupsS)
}

/** Whoever was not heard of for long may be gone: a `gone` can be lost in a crash. */
function forget(state: MatchingCellState, nowMs: UnixMs, { staleMs }: DispatchSettings): MatchingCellEvent[] {
  const ordersSince = nowMs - ANNOUNCEMENT_TTL_MS
  // A driver speaks when it is heard of, so one that sends a fix now and then is silent for as long as it may be.
  const driversSince = nowMs - staleMs - ANNOUNCE_EVERY_MS
  const driverIds = state.drivers.silentSince(driversSince)
  const orderIds = [...state.orders.values()].filter(o => o.seenAtMs < ordersSince).map(o => o.order.orderId)
  return [
    { type: 'drivers_gone', driverIds },
    { type: 'orders_gone', orderIds },
  ]
}
