/** One batch of a matching cell: who is a candidate for what, the optimal assignment, and its explanation. */
import { travelTimeS } from '../../domain/eta.ts'
import type { DriverId, OrderId, UnixMs } from '../../domain/ids.ts'
import { solve } from '../../domain/matching.ts'
import { asJson, type Effect } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import type { DispatchSettings } from '../settings.ts'
import type { WaitingOrder } from './matching-cell.messages.ts'
import type { KnownDriver, MatchingCellState } from './matching-cell.state.ts'

/** The nearest drivers that are looked at per order (a broadcast looks at more), and of those the most that enter the batch. */
const LOOKED_AT_MAX = 64
const CANDIDATES_MAX = 24
/** Rows of an explanation. */
const EXPLAINED_MAX = 16
/** To leave an order open costs more than any pickup: as many as possible are served, then at the least cost. */
const OPEN_COST_S = 100_000
/** Why nobody was found is written down once, then again at this interval. */
const EXPLAIN_EVERY_MS = 30_000

export interface BatchContext {
  readonly nowMs: UnixMs
  readonly windowMs: number
  readonly settings: DispatchSettings
}

export interface Batch {
  readonly proposed: readonly OrderId[]
  readonly drivers: readonly DriverId[]
  readonly explained: readonly OrderId[]
  readonly effects: readonly Effect[]
}

interface Look {
  readonly driver: KnownDriver
  readonly pickupEtaS: number
  readonly excludedBy: string | null
}

export function solveBatch(state: MatchingCellState, context: BatchContext): Batch {
  const orders = [...state.orders.values()]
  const looks = orders.map(known => lookAround(state, known.order, context))
  const columns = new Map<DriverId, number>()
  const candidates = looks.map(row =>
    row
      .filter(look => look.excludedBy === null)
      .slice(0, CANDIDATES_MAX)
      .map(look => ({ col: columnOf(columns, look.driver.driver.driverId), cost: look.pickupEtaS })),
  )
  const result = solve({ rows: orders.length, cols: columns.size, candidates, openCost: OPEN_COST_S })
  const taken = new Set<DriverId>()
  const driverOfColumn = [...columns.keys()]
  for (const column of result) {
    const driverId = driverOfColumn[column]
    if (driverId !== undefined) taken.add(driverId)
  }
  return collectBatch(state, orders, looks, result, driverOfColumn, taken, context)
}

function collectBatch(
  state: MatchingCellState,
  orders: readonly { readonly order: WaitingOrder; readonly explainedAtMs: UnixMs }[],
  looks: readonly (readonly Look[])[],
  result: Int32Array,
  driverOfColumn: readonly DriverId[],
  taken: Set<DriverId>,
  context: BatchContext,
): Batch {
  const proposed: OrderId[] = []
  const explained: OrderId[] = []
  const effects: Effect[] = []
  orders.forEach(({ order, explainedAtMs }, row) => {
    const look = looks[row] ?? []
    const chosen = driverOfColumn[result[row] ?? -1]
    if (chosen === undefined && context.nowMs - explainedAtMs < EXPLAIN_EVERY_MS) return
    const asked = chosen === undefined ? [] : withOthers(chosen, look, taken, context.settings.offersAtOnce)
    if (chosen === undefined) explained.push(order.orderId)
    else proposed.push(order.orderId)
    const decision = asJson(explain(state, look, chosen, taken, context))
    effects.push(toOrder(order.orderId, { kind: 'order.proposal', drivers: asked, decision }))
  })
  return { proposed, drivers: [...taken], explained, effects }
}

function columnOf(columns: Map<DriverId, number>, driverId: DriverId): number {
  const known = columns.get(driverId)
  if (known !== undefined) return known
  columns.set(driverId, columns.size)
  return columns.size - 1
}

/** The nearest drivers, nearest first, each with what rules it out, if anything does. */
function lookAround(state: MatchingCellState, order: WaitingOrder, context: BatchContext): Look[] {
  const { pickupMaxS, offersAtOnce } = context.settings
  const limit = Math.max(LOOKED_AT_MAX, 2 * offersAtOnce)
  const reachM = pickupMaxS / travelTimeS({ latitude: 0, longitude: 0 }, ONE_METRE_NORTH)
  const query = { limit, radiusM: reachM }
  const look = (near: readonly { key: DriverId; distanceM: number }[]): Look[] =>
    near.flatMap(({ key }) => {
      const driver = state.drivers.get(key)
      if (!driver) return []
      const pickupEtaS = Math.round(travelTimeS(driver.driver.position, order.pickup))
      return [{ driver, pickupEtaS, excludedBy: whyExcluded(driver, order, pickupEtaS, context) }]
    })
  const nearest = look(state.places.nearest(order.pickup, query))
  if (nearest.length < limit || nearest.some(n => n.excludedBy === null)) return nearest
  // All of the nearest are ruled out: look farther, past them.
  const accept = (key: DriverId) => {
    const driver = state.drivers.get(key)
    return driver !== undefined && whyExcluded(driver, order, 0, context) === null
  }
  return [...look(state.places.nearest(order.pickup, { ...query, accept })), ...nearest]
}

const ONE_METRE_NORTH = { latitude: 1 / 111_195.08, longitude: 0 }

function whyExcluded(
  { driver, reservedUntilMs }: KnownDriver,
  order: WaitingOrder,
  pickupEtaS: number,
  { nowMs, settings }: BatchContext,
): string | null {
  if (order.refusedBy.includes(driver.driverId)) return 'refused'
  if (order.vehicleType !== null && driver.vehicleType !== order.vehicleType) return 'vehicle_type'
  if (order.size > driver.room) return 'capacity'
  if (!order.skills.every(skill => driver.skills.includes(skill))) return 'skills'
  if (pickupEtaS > settings.pickupMaxS) return 'too_far'
  if (nowMs < reservedUntilMs) return 'reserved'
  return null
}

/** The chosen driver first; a broadcast also asks the nearest that no other order of the batch gets. */
function withOthers(chosen: DriverId, look: readonly Look[], taken: Set<DriverId>, atOnce: number) {
  const first = look.filter(l => l.driver.driver.driverId === chosen)
  const others = look
    .filter(l => l.excludedBy === null && !taken.has(l.driver.driver.driverId))
    .slice(0, Math.max(0, atOnce - 1))
  for (const other of others) taken.add(other.driver.driver.driverId)
  return [...first, ...others].map(({ driver: { driver }, pickupEtaS }) => ({
    driverId: driver.driverId,
    driverShard: driver.driverShard,
    pickupEtaS,
  }))
}

function explain(
  state: MatchingCellState,
  look: readonly Look[],
  chosen: DriverId | undefined,
  taken: ReadonlySet<DriverId>,
  { windowMs }: BatchContext,
) {
  const rows = look.map(({ driver: { driver }, pickupEtaS, excludedBy }) => ({
    driver_id: driver.driverId,
    pickup_eta_s: pickupEtaS,
    cost: pickupEtaS,
    terms: { pickup_eta_s: pickupEtaS },
    excluded_by:
      excludedBy ?? (driver.driverId !== chosen && taken.has(driver.driverId) ? 'given_to_another_order' : null),
  }))
  const pick = rows.find(r => r.driver_id === chosen)
  return {
    cell: state.cell,
    window_ms: windowMs,
    drivers_known: state.drivers.size,
    orders_waiting: state.orders.size,
    chosen: pick ? { driver_id: pick.driver_id, pickup_eta_s: pick.pickup_eta_s, cost: pick.cost } : null,
    candidates: rows.slice(0, EXPLAINED_MAX),
  }
}
