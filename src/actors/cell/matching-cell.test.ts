import { describe, expect, test } from 'bun:test'
import { cellAt, MATCHING_RES } from '../../domain/h3.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import type { Effect } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import { EXPLAINED_MAX } from './matching-batch.ts'
import { ORDERS_MAX } from './matching-candidates.ts'
import type { MatchingCellMessage } from './matching-cell.messages.ts'
import { emptyCell, type MatchingCellState } from './matching-cell.state.ts'
import { decide, evolve } from './matching-cell.ts'

const NOW_MS = Date.UTC(2026, 0, 5, 12)
const PLACE = { latitude: 37.775, longitude: -122.418 }

function north(metres: number) {
  return { ...PLACE, latitude: PLACE.latitude + metres / 111_195 }
}

function driver(id: string, metres: number, changes: object = {}): MatchingCellMessage {
  const common = {
    driverShard: 0 as ShardId,
    freeAtMs: 0,
    vehicleType: null,
    skills: [],
    capacity: 1,
    room: 1,
    rating: null,
    idleSinceMs: null,
    servedToday: 0,
    refusedShare: 0,
  }
  return {
    kind: 'matching.driver',
    driver: { driverId: id as DriverId, position: north(metres), ...common, ...changes },
  }
}

function order(id: string, metres: number, changes: object = {}): MatchingCellMessage {
  const common = {
    cell: cellAt(PLACE, MATCHING_RES),
    vehicleType: null,
    skills: [],
    size: 1,
    refusedBy: [],
    sinceMs: NOW_MS,
    tripS: 600,
    readyAtMs: null,
  }
  return { kind: 'matching.order', order: { orderId: id as OrderId, pickup: north(metres), ...common, ...changes } }
}

const SOLVE: MatchingCellMessage = { kind: 'timer', name: 'solve' }

class Cell {
  readonly state: MatchingCellState = emptyCell(cellAt(PLACE, MATCHING_RES))
  nowMs: UnixMs = NOW_MS
  readonly #settings: DispatchSettings

  constructor(settings: DispatchSettings = SETTINGS) {
    this.#settings = settings
  }

  tell(...messages: readonly MatchingCellMessage[]): Effect[] {
    return messages.flatMap(message => {
      const { events, effects } = decide(this.state, message, this.nowMs, this.#settings)
      for (const event of events) evolve(this.state, event)
      return [...effects]
    })
  }

  /** What each order was proposed, once the window has closed. */
  solve(afterMs = SETTINGS.matchWindowMs): Record<string, string[]> {
    this.nowMs += afterMs
    const proposals = this.tell(SOLVE).flatMap(effect => {
      if (effect.kind !== 'send' || effect.message.kind !== 'order.proposal') return []
      const { drivers } = effect.message as unknown as { drivers: { driverId: string }[] }
      return [[effect.to.id, drivers.map(d => d.driverId)] as const]
    })
    return Object.fromEntries(proposals)
  }
}

test('a lone order with a driver about goes at once; more wait for the window', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0))
  expect(cell.tell(order('ord_1', 0))).toEqual([{ kind: 'set_timer', name: 'solve', atMs: NOW_MS }])
  expect(cell.solve(0)).toEqual({ ord_1: ['a'] })

  const crowded = new Cell()
  crowded.tell(order('ord_1', 0), order('ord_2', 0))
  expect(crowded.tell(driver('a', 0))).toEqual([
    { kind: 'set_timer', name: 'solve', atMs: NOW_MS + SETTINGS.matchWindowMs },
  ])
})

test('drivers alone wait without a timer; orders alone wait for the explanation that nobody is there', () => {
  const cell = new Cell()
  const explain = { kind: 'set_timer', name: 'explain', atMs: NOW_MS + SETTINGS.matchWindowMs } as const
  expect(cell.tell(order('ord_1', 0))).toEqual([explain])
  const [told] = cell.tell({ kind: 'timer', name: 'explain' })
  expect(told).toMatchObject({ kind: 'send', message: { kind: 'order.proposal', drivers: [] } })
  expect(told).toMatchObject({ message: { decision: { chosen: null, drivers_known: 0 } } })
  expect(new Cell().tell(driver('a', 0), driver('b', 0))).toEqual([])
})

test('how many orders are its own is known whatever it hears of, twice or of neighbours, and whatever goes', () => {
  const cell = new Cell()
  const beyond = { cell: cellAt(north(60_000), MATCHING_RES) }
  const gone = (id: string): MatchingCellMessage => ({ kind: 'matching.order_gone', orderId: id as OrderId })
  const own = () => [...cell.state.orders.values()].filter(known => known.order.cell === cell.state.cell).length
  expect(beyond.cell).not.toBe(cell.state.cell)
  const heard = [
    ...[order('ord_1', 0), order('ord_1', 0), order('ord_2', 0, beyond), order('ord_3', 10), order('ord_4', 20)],
    ...[gone('ord_1'), gone('ord_1'), gone('ord_2'), gone('ord_9'), order('ord_1', 5_000, beyond), driver('a', 0)],
  ]
  for (const message of heard) {
    cell.tell(message)
    expect(cell.state.ownOrders).toBe(own())
  }
  expect(own()).toBe(2)
  expect(cell.solve()).toEqual({ ord_3: ['a'], ord_4: [] })
  expect(cell.state.ownOrders).toBe(1)
})

test('a timer that fires early is armed again', () => {
  const cell = new Cell()
  cell.tell(order('ord_1', 0), order('ord_2', 0), driver('a', 0))
  expect(cell.tell(SOLVE)).toEqual([{ kind: 'set_timer', name: 'solve', atMs: NOW_MS + SETTINGS.matchWindowMs }])
})

test('the sum of the ways is the least, not each order the nearest', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), driver('b', 1_000), order('ord_1', 400), order('ord_2', -500))
  expect(cell.solve()).toEqual({ ord_1: ['b'], ord_2: ['a'] })
})

test('whoever is ruled out is not proposed: refused, type, room, skills, too far', () => {
  const cell = new Cell()
  cell.tell(driver('refused', 0), driver('bike', 0, { vehicleType: 'bike' }), driver('far', 30_000))
  cell.tell(driver('small', 0, { vehicleType: 'van' }), driver('unskilled', 0, { vehicleType: 'van', room: 2 }))
  cell.tell(driver('fit', 900, { vehicleType: 'van', room: 2, skills: ['cold'] }))
  cell.tell(order('ord_1', 0, { vehicleType: 'van', size: 2, skills: ['cold'], refusedBy: ['refused'] }))
  expect(cell.solve()).toEqual({ ord_1: ['fit'] })
})

test('a driver that was proposed is left out until it speaks again', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), order('ord_1', 0))
  expect(cell.solve()).toEqual({ ord_1: ['a'] })
  cell.tell(order('ord_2', 0))
  expect(cell.solve()).toEqual({ ord_2: [] })
  cell.tell(driver('a', 10))
  expect(cell.solve()).toEqual({ ord_2: ['a'] })
})

test('an order that nobody can take is explained once in a while, and tried in each window', () => {
  const cell = new Cell()
  cell.tell(driver('busy', 0, { room: 0 }), order('ord_1', 0))
  expect(cell.solve()).toEqual({ ord_1: [] })
  expect(cell.solve()).toEqual({})
  cell.tell(driver('free', 0))
  expect(cell.solve()).toEqual({ ord_1: ['free'] })
})

test('of very many that stay open some are explained per batch, each in its turn, and proposals go before them', () => {
  const cell = new Cell()
  const ids = Array.from({ length: EXPLAINED_MAX + 50 }, (_, n) => `ord_${n}`)
  cell.tell(driver('a', 200), ...ids.map((id, n) => order(id, n)))
  const first = Object.entries(cell.solve())
  expect(first[0]?.[1]).toEqual(['a'])
  expect(first.slice(1).map(([, drivers]) => drivers)).toEqual(Array.from({ length: EXPLAINED_MAX }, () => []))
  const second = Object.entries(cell.solve())
  expect(new Set([...first, ...second].map(([id]) => id))).toEqual(new Set(ids))
  expect(second.length).toBe(ids.length - first.length)
  expect(cell.solve()).toEqual({})
})

test('of more orders than one batch looks at, the others have their turn in the next', () => {
  const cell = new Cell()
  const far = Array.from({ length: ORDERS_MAX }, (_, n) => order(`far_${n}`, 90_000 + n))
  cell.tell(driver('a', 0), ...far, order('near', 0))
  expect(cell.solve()).not.toHaveProperty('near')
  expect(cell.solve()).toMatchObject({ near: ['a'] })
  expect(cell.state.orders.size).toBe(ORDERS_MAX)
  expect(cell.state.ownOrders).toBe(ORDERS_MAX)
})

test('who has gone is not proposed, and what was not heard of for long is forgotten', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), driver('b', 0), order('ord_1', 0), order('ord_2', 0))
  cell.tell({ kind: 'matching.driver_gone', driverId: 'a' as DriverId })
  cell.tell({ kind: 'matching.order_gone', orderId: 'ord_1' as OrderId })
  expect(cell.solve()).toEqual({ ord_2: ['b'] })

  const silent = new Cell()
  silent.tell(driver('a', 0), order('ord_1', 0))
  expect(silent.solve(40_000)).toEqual({})
  expect([silent.state.drivers.size, silent.state.orders.size]).toEqual([1, 0])
  silent.nowMs += SETTINGS.staleMs
  silent.tell(order('ord_2', 0))
  silent.solve()
  expect(silent.state.drivers.size).toBe(0)
})

test('each proposal says who was looked at, and what ruled them out', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), driver('b', 100, { room: 0 }), order('ord_1', 0))
  cell.nowMs += SETTINGS.matchWindowMs
  const [proposal] = cell.tell(SOLVE)
  expect(proposal).toMatchObject({
    message: {
      decision: {
        chosen: { driver_id: 'a' },
        candidates: [
          { driver_id: 'a', excluded_by: null },
          { driver_id: 'b', excluded_by: 'capacity' },
        ],
      },
    },
  })
})

test('a driver that was proposed can be proposed again at the instant in which that lapses, and not before', () => {
  const at = (ms: number) => {
    const cell = new Cell()
    cell.tell(driver('a', 0), order('ord_1', 0))
    cell.solve()
    cell.tell(order('ord_2', 0))
    return cell.solve(ms)
  }
  expect(at(3_999)).toEqual({ ord_2: [] })
  expect(at(4_000)).toEqual({ ord_2: ['a'] })
})

test('an order that comes while a window is open does not put its end off', () => {
  const cell = new Cell()
  cell.tell(order('ord_1', 0), order('ord_2', 0), driver('a', 0))
  cell.nowMs += 500
  expect(cell.tell(order('ord_3', 0))).toEqual([])
})

test('that nobody is about is not said while a window is open, whoever has left meanwhile', () => {
  const cell = new Cell()
  cell.tell(order('ord_1', 0), driver('a', 0))
  cell.tell({ kind: 'matching.driver_gone', driverId: 'a' as DriverId })
  expect(cell.tell({ kind: 'timer', name: 'explain' })).toEqual([])
})

test('a driver that has gone is nowhere any more', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), driver('b', 10))
  cell.tell({ kind: 'matching.driver_gone', driverId: 'a' as DriverId })
  const near = cell.state.drivers.nearest(PLACE, { limit: 9, radiusM: 1_000, accept: () => true })
  expect(near.map(({ driver }) => driver.driverId)).toEqual(['b' as DriverId])
})

test('a driver is remembered for as long as it may be silent', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0))
  cell.nowMs += SETTINGS.staleMs - 5_000
  cell.tell(order('ord_1', 0))
  expect(cell.solve(0)).toEqual({ ord_1: ['a'] })
})

test.each([
  ['vehicle_type', { vehicleType: 'bike' }, { vehicleType: 'van' }],
  ['capacity', { room: 1 }, { size: 2 }],
  ['skills', { skills: ['cold'] }, { skills: ['cold', 'heavy'] }],
  ['refused', {}, { refusedBy: ['a'] }],
])('each reason alone rules a driver out: %s', (_, has, wants) => {
  const cell = new Cell()
  cell.tell(driver('a', 0, has), order('ord_1', 0, wants))
  expect(cell.solve()).toEqual({ ord_1: [] })
})

test('where exactly as many as are looked at are ruled out, it is looked past them', () => {
  const cell = new Cell()
  for (let n = 0; n < 64; n++) cell.tell(driver(`full_${n}`, n, { room: 0 }))
  cell.tell(driver('free', 500), order('ord_1', 0))
  expect(cell.solve()).toEqual({ ord_1: ['free'] })
})

test('a window in which everything was served is not followed by another: the next lone order goes at once', () => {
  const cell = new Cell()
  cell.tell(driver('a', 0), driver('b', 10), order('ord_1', 0))
  expect(cell.solve(0)).toEqual({ ord_1: ['a'] })
  expect(cell.tell(order('ord_2', 0))).toEqual([{ kind: 'set_timer', name: 'solve', atMs: NOW_MS }])
})

interface Told {
  readonly drivers: readonly { readonly driverId: string }[]
  readonly decision: Readonly<Record<string, unknown>>
}

function proposalsOf(effects: readonly Effect[]): Told[] {
  return effects.flatMap(effect => (effect.kind === 'send' ? [effect.message as unknown as Told] : []))
}

interface Explained {
  readonly driver_id: string
  readonly cost: number
  readonly terms: Record<string, number>
  readonly excluded_by: string | null
}

function candidatesOf(told: Told | undefined): readonly Explained[] {
  return (told?.decision.candidates ?? []) as readonly Explained[]
}

/** Ten seconds of driving are 50 m. */
const soon = (leftS: number) => ({ freeAtMs: NOW_MS + leftS * 1_000, capacity: 2, room: 1 })

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
