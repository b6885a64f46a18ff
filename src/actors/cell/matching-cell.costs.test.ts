/** What a batch weighs: who is about to be free, what is short, what is far; how long the next is collected; what decisions say. */
import { describe, expect, test } from 'bun:test'
import { cellAt, MATCHING_RES } from '../../domain/h3.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { Cell, candidatesOf, driver, NOW_MS, north, order, proposalsOf, SOLVE, soon } from './matching-cell.fixtures.ts'
import type { MatchingCellMessage } from './matching-cell.messages.ts'

test('an order waits for a neighbour who is about to be free, rather than for one who comes from far away', () => {
  const cell = new Cell()
  cell.tell(driver('far', 2_000), driver('near', 50, soon(22)), order('ord_1', 0))
  const [plan] = proposalsOf(cell.tell(SOLVE))
  expect(plan).toMatchObject({ drivers: [], decision: { chosen: null, planned: { driver_id: 'near', free_in_s: 22 } } })

  cell.nowMs = NOW_MS + 18_000
  const [proposal] = proposalsOf(cell.tell(SOLVE))
  expect(proposal?.drivers.map(d => d.driverId)).toEqual(['near'])
  // Four seconds are left of its present order, then ten of driving.
  expect(proposal?.decision).toMatchObject({
    look_ahead: true,
    chosen: { driver_id: 'near', pickup_eta_s: 14 },
    next_best: { driver_id: 'far' },
  })
})

test('whoever has longer to go than is planned ahead is no candidate, and the decision says so', () => {
  const cell = new Cell()
  cell.tell(driver('busy', 0, soon(90)), driver('far', 1_000), order('ord_1', 0))
  const [proposal] = proposalsOf(cell.tell(SOLVE))
  expect(proposal?.drivers.map(d => d.driverId)).toEqual(['far'])
  expect(proposal?.decision.candidates).toMatchObject([
    { driver_id: 'far' },
    { driver_id: 'busy', excluded_by: 'present_order' },
  ])
})

test('an order that has waited for long takes at once what is planned for it', () => {
  const cell = new Cell()
  cell.tell(driver('near', 50, soon(22)), order('ord_1', 0, { sinceMs: NOW_MS - 240_000 }))
  expect(cell.solve(0)).toEqual({ ord_1: ['near'] })
})

test('where drivers are scarce nobody is sent far: the nearer orders are worth the wait', () => {
  const lone = new Cell()
  lone.tell(driver('a', 5_000), order('ord_1', 0, { tripS: 300 }))
  expect(lone.solve(0)).toEqual({ ord_1: ['a'] })

  const crowded = new Cell()
  const orders = Array.from({ length: 40 }, (_, n) => order(`ord_${n}`, n, { tripS: 300 }))
  crowded.tell(...orders, driver('a', 5_000))
  crowded.nowMs += SETTINGS.matchWindowMs
  const told = proposalsOf(crowded.tell(SOLVE))
  expect(told.every(({ drivers }) => drivers.length === 0)).toBe(true)
  expect(told[0]?.decision).toMatchObject({
    cap_tightened: true,
    cost_cap_s: 240,
    candidates: [{ driver_id: 'a', excluded_by: 'above_cost_cap' }],
  })
})

test('of two orders beside a driver the shorter trip goes first, unless the longer one has been let by for a while', () => {
  const cell = new Cell()
  cell.tell(order('ord_long', 100, { tripS: 2_400 }), order('ord_short', 110, { tripS: 300 }), driver('a', 0))
  expect(cell.solve()).toMatchObject({ ord_short: ['a'] })

  const later = new Cell()
  const sinceMs = NOW_MS - 200_000
  later.tell(order('ord_long', 100, { tripS: 2_400, sinceMs }), order('ord_short', 110, { tripS: 300 }), driver('a', 0))
  expect(later.solve()).toMatchObject({ ord_long: ['a'] })
})

test('a driver is not sent to wait in a kitchen when another order could use it', () => {
  const cell = new Cell()
  const readyAtMs = NOW_MS + 900_000
  cell.tell(order('ord_cooking', 100, { readyAtMs }), order('ord_ready', 400), driver('a', 0))
  expect(cell.solve()).toMatchObject({ ord_ready: ['a'] })

  const alone = new Cell()
  alone.tell(order('ord_cooking', 100, { readyAtMs }), driver('a', 0))
  const [proposal] = proposalsOf(alone.tell(SOLVE))
  // 900 s less the 20 s of the way, at 0.3, of which 200 count.
  expect(candidatesOf(proposal)[0]).toMatchObject({ driver_id: 'a', excluded_by: null, terms: { early_s: 200 } })
})

test('nobody who comes when it is ready is charged for waiting, and drivers that are plenty go at once', () => {
  const cell = new Cell()
  cell.tell(order('ord_1', 1_000, { readyAtMs: NOW_MS + 150_000 }), driver('a', 0), driver('b', 300), driver('c', -900))
  const [proposal] = proposalsOf(cell.tell(SOLVE))
  const early = candidatesOf(proposal).map(({ driver_id, terms }) => [
    driver_id,
    (terms as { early_s: number }).early_s,
  ])
  expect(Object.fromEntries(early)).toEqual({ a: 0, b: 3, c: 0 })
  // To stand there for 10 s is no reason to wait.
  expect(proposal?.drivers).toMatchObject([{ driverId: 'b' }])
})

describe('how long the next batch is collected', () => {
  const baseMs = 5_000
  const lengthOf = (cell: Cell) => (cell.state.window?.closesAtMs ?? 0) - cell.nowMs

  /** Whatever is proposed has a way of 100 s. */
  function tight(...left: readonly MatchingCellMessage[]): Cell {
    const cell = new Cell({ ...SETTINGS, matchWindowMs: baseMs })
    cell.tell(order('ord_1', 0), order('ord_2', 0), driver('a', 500), driver('b', -500), ...left)
    expect(Object.keys(cell.solve(baseMs)).slice(0, 2)).toEqual(['ord_1', 'ord_2'])
    expect(cell.state.pickupMeanS).toBe(100)
    return cell
  }

  test('a tenth of the way to a pickup, where orders are left for which drivers are scarce', () => {
    expect(lengthOf(tight(order('ord_3', 0), order('ord_4', 0)))).toBe(10_000)
  })

  test('four times the setting at most', () => {
    const cell = tight(order('ord_3', 0))
    cell.state.pickupMeanS = 1_000
    cell.tell(...['ord_4', 'ord_5', 'ord_6', 'ord_7'].map(id => order(id, 0)), driver('c', 0))
    cell.solve(10_000)
    expect(lengthOf(cell)).toBe(4 * baseMs)
  })

  test('the setting, where those who are left cannot be served by anybody here while drivers stand free', () => {
    const vans = ['van_1', 'van_2', 'van_3'].map(id => order(id, 0, { vehicleType: 'van' }))
    const cars = ['c', 'd', 'e', 'f'].map(id => driver(id, 0, { vehicleType: 'car' }))
    const cell = new Cell({ ...SETTINGS, matchWindowMs: baseMs })
    cell.tell(order('far', 500), ...cars)
    expect(cell.solve(0)).toEqual({ far: ['c'] })
    expect(cell.state.pickupMeanS).toBe(100)
    cell.tell(...vans)
    for (let batch = 0; batch < 3; batch++) {
      cell.solve(baseMs)
      expect(lengthOf(cell)).toBe(baseMs)
    }
  })

  test('the setting, where only a neighbour’s orders are left, or what was proposed just now', () => {
    const beyond = { cell: cellAt(north(60_000), MATCHING_RES) }
    const theirs = ['t_1', 't_2', 't_3', 't_4'].map(id => order(id, 0, beyond))
    const nobodys = order('ord_3', 0, { vehicleType: 'van' })
    expect(lengthOf(tight(nobodys, ...theirs))).toBe(baseMs)
  })
})

test('orders that nobody here can serve do not keep the others from a driver that is far', () => {
  const cell = new Cell()
  const vans = Array.from({ length: 20 }, (_, i) => order(`van_${i}`, 0, { vehicleType: 'van' }))
  cell.tell(driver('a', 5_000, { vehicleType: 'car' }), order('ord_1', 0), ...vans)
  expect(cell.solve().ord_1).toEqual(['a'])
})

test('each term of the cost is in the decision, and they add up', () => {
  const cell = new Cell()
  const facts = { idleSinceMs: NOW_MS - 60_000, servedToday: 4, refusedShare: 0.5, rating: 4, capacity: 3, room: 3 }
  cell.tell(driver('a', 500, facts), driver('b', 900), order('ord_1', 0, { sinceMs: NOW_MS - 10_000 }))
  const [proposal] = proposalsOf(cell.tell(SOLVE))
  const [first] = candidatesOf(proposal)
  expect(first?.terms).toEqual({
    pickup_eta_s: 100,
    present_order_left_s: 0,
    idle_s: -30,
    earnings_s: 4,
    acceptance_s: 10,
    rating_s: 5,
    vehicle_fit_s: 4,
    waiting_age_s: -1.2,
    trip_s: 0,
    early_s: 0,
  })
  const { present_order_left_s, ...terms } = first?.terms ?? {}
  expect(present_order_left_s).toBe(0)
  expect(first?.cost).toBeCloseTo(
    Object.values(terms).reduce((sum, s) => sum + s, 0),
    0,
  )
  expect(proposal?.decision.ruleset_version).toBe(SETTINGS.ruleset.version)
})

test('a decision holds sixteen candidates at most, the chosen one first', () => {
  const cell = new Cell()
  cell.tell(...Array.from({ length: 60 }, (_, n) => driver(`d_${n}`, n * 10, { room: n % 2 })), order('ord_1', 0))
  const [proposal] = proposalsOf(cell.tell(SOLVE))
  const candidates = candidatesOf(proposal)
  expect(candidates.length).toBe(16)
  expect(candidates[0]?.driver_id).toBe('d_1')
  expect(candidates.filter(c => c.excluded_by === 'capacity').length).toBe(6)
})

test('an order beyond the border keeps the driver that suits it better, and is proposed to by its own cell only', () => {
  const beyond = { cell: cellAt({ latitude: 34, longitude: -118 }, MATCHING_RES) }
  const cell = new Cell()
  cell.tell(driver('a', 100), driver('b', 3_000), order('ord_own', 900), order('ord_theirs', 50, beyond))
  expect(cell.solve()).toEqual({ ord_own: ['b'] })

  const others = new Cell()
  expect(others.tell(driver('a', 100), order('ord_theirs', 50, beyond))).toEqual([])
})
