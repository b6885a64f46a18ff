import { expect, test } from 'bun:test'
import { cellAt, MATCHING_RES } from '../../domain/h3.ts'
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { EXPLAINED_MAX } from './matching-batch.ts'
import { ORDERS_MAX } from './matching-candidates.ts'
import {
  Cell,
  candidatesOf,
  driver,
  NOW_MS,
  north,
  order,
  PLACE,
  proposalsOf,
  SOLVE,
} from './matching-cell.fixtures.ts'
import type { MatchingCellMessage } from './matching-cell.messages.ts'

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

test('of a broadcast nobody who is asked is said to be ruled out, and the next best is somebody else', () => {
  const cell = new Cell({ ...SETTINGS, offersAtOnce: 2 })
  cell.tell(driver('a', 0), driver('b', 100), driver('c', 200), order('ord_1', 0), order('ord_2', 90))
  cell.nowMs += SETTINGS.matchWindowMs
  const told = proposalsOf(cell.tell(SOLVE))
  expect(told.map(({ drivers }) => drivers.map(({ driverId }) => driverId))).toEqual([['a', 'c'], ['b']])
  expect(told.map(one => candidatesOf(one).map(row => [row.driver_id, row.excluded_by]))).toEqual([
    [
      ['a', null],
      ['b', 'given_to_another_order'],
      ['c', null],
    ],
    [
      ['b', null],
      ['a', 'given_to_another_order'],
      ['c', 'given_to_another_order'],
    ],
  ])
  expect(told[0]?.decision.next_best).toBeNull()
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
