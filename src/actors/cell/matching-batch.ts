/** One batch of a matching cell: who is a candidate for what, the optimal assignment, and its explanation. */
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { solve } from '../../domain/matching.ts'
import type { Candidate } from '../order/order.messages.ts'
import type { Effect } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { type BatchContext, isOverdue, type Look, lookAround, type Market, openMarket } from './matching-candidates.ts'
import type { KnownOrder, MatchingCellState } from './matching-cell.state.ts'
import { explain } from './matching-explanation.ts'

/** Of those who could serve an order, the cheapest that enter the batch. */
const CANDIDATES_MAX = 24
/** Why nobody was found is written down once, then again at this interval, or later where more than {@link EXPLAINED_MAX} wait. */
const EXPLAIN_EVERY_MS = 30_000
/**
 * Of those that stay open, so many are explained per batch. Each explanation is a commit: of a city that waits after a restart, the
 * offers of its first batch would stand behind twenty thousand of them.
 */
export const EXPLAINED_MAX = 100

export interface Batch {
  readonly proposed: readonly OrderId[]
  readonly drivers: readonly DriverId[]
  readonly explained: readonly OrderId[]
  /** Of more orders than one batch looks at: those that had their turn and stay open. */
  readonly passed: readonly OrderId[]
  /** Of the proposals, the way to the pickup. */
  readonly pickupsS: readonly number[]
  /** What it leaves: own orders that somebody could serve and nobody was asked for, per free driver that no order got. */
  readonly waitingPerFree: number
  readonly effects: readonly Effect[]
}

interface Row {
  readonly known: KnownOrder
  readonly looks: readonly Look[]
  /** Whom the solver gave it. */
  readonly solved: Look | null
  readonly isProposed: boolean
}

export function solveBatch(state: MatchingCellState, context: BatchContext): Batch {
  const market = openMarket(state, context)
  const rows = assign(market)
  const taken = new Set(rows.flatMap(({ solved }) => (solved ? [idOf(solved)] : [])))
  const own = rows.filter(({ known }) => known.order.cell === state.cell)
  const asked = new Set<DriverId>()
  const proposed: OrderId[] = []
  const explained: OrderId[] = []
  const pickupsS: number[] = []
  const effects: Effect[] = []
  for (const { known, looks, solved, isProposed } of [
    ...own.filter(row => row.isProposed),
    ...toExplain(own, context),
  ]) {
    const { order } = known
    const drivers = solved && isProposed ? withOthers(solved, looks, taken, context.settings.offersAtOnce) : []
    for (const { driverId } of drivers) asked.add(driverId)
    if (solved && isProposed) pickupsS.push(solved.pickupEtaS)
    if (isProposed) proposed.push(order.orderId)
    else explained.push(order.orderId)
    const decision = explain(order, looks, { solved, isProposed, drivers, taken }, market)
    effects.push(toOrder(order.orderId, { kind: 'order.proposal', drivers, decision }))
  }
  const waitingPerFree = leftWaiting(rows, state) / (freeBut(taken, market) + 1)
  const passed = rows.length < market.waiting ? rows.filter(row => !row.isProposed).map(idOfOrder) : []
  return { proposed, drivers: [...asked], explained, passed, pickupsS, waitingPerFree, effects }
}

/** Of those that stay open: whoever has waited longest for an explanation. */
function toExplain(rows: readonly Row[], { nowMs }: BatchContext): Row[] {
  const due = rows.filter(({ isProposed, known }) => !isProposed && nowMs - known.explainedAtMs >= EXPLAIN_EVERY_MS)
  if (due.length <= EXPLAINED_MAX) return due
  return due.sort((a, b) => a.known.explainedAtMs - b.known.explainedAtMs).slice(0, EXPLAINED_MAX)
}

/** An order that nobody here can serve says nothing of how scarce drivers are, and a neighbour's waits in the neighbour's windows. */
function leftWaiting(rows: readonly Row[], { cell }: MatchingCellState): number {
  return rows.filter(({ known, looks, isProposed }) => known.order.cell === cell && !isProposed && looks.length > 0)
    .length
}

function freeBut(taken: ReadonlySet<DriverId>, { state, free, nowMs }: Market): number {
  let left = free
  for (const id of taken) if ((state.drivers.get(id)?.driver.freeAtMs ?? nowMs) <= nowMs) left--
  return left
}

function assign(market: Market): Row[] {
  const { orders } = market
  const looks = orders.map(known => lookAround(known.order, market))
  const columns = new Map<DriverId, number>()
  const candidates = looks.map(row => {
    const cheapest = row.slice(0, CANDIDATES_MAX)
    return cheapest.map(look => ({ col: columnOf(columns, idOf(look)), cost: look.costS }))
  })
  const result = solve({ rows: orders.length, cols: columns.size, candidates, openCost: market.capS })
  const driverOfColumn = [...columns.keys()]
  return orders.map((known, row) => {
    const driverId = driverOfColumn[result[row] ?? -1]
    const own = looks[row] ?? []
    const solved = own.find(look => idOf(look) === driverId) ?? null
    return { known, looks: own, solved, isProposed: solved !== null && isDue(solved, known, market) }
  })
}

/**
 * A free driver is asked at once. One with an order is asked when that is about to end: until then a better one may turn
 * up for either. Who has waited for long does not wait for that.
 */
function isDue({ leftS }: Look, { order }: KnownOrder, market: Market): boolean {
  return leftS <= market.settings.ruleset.lookAhead.commitS || isOverdue(order, market)
}

function columnOf(columns: Map<DriverId, number>, driverId: DriverId): number {
  const known = columns.get(driverId)
  if (known !== undefined) return known
  columns.set(driverId, columns.size)
  return columns.size - 1
}

/** The chosen driver first; a broadcast also asks the cheapest that no other order of the batch gets. */
function withOthers(chosen: Look, looks: readonly Look[], taken: Set<DriverId>, atOnce: number): Candidate[] {
  const others = looks.filter(look => !taken.has(idOf(look))).slice(0, Math.max(0, atOnce - 1))
  for (const other of others) taken.add(idOf(other))
  return [chosen, ...others].map(({ driver: { driver }, pickupEtaS }) => ({
    driverId: driver.driverId,
    driverShard: driver.driverShard,
    pickupEtaS,
  }))
}

function idOfOrder({ known }: Row): OrderId {
  return known.order.orderId
}

function idOf(look: Look): DriverId {
  return look.driver.driver.driverId
}
