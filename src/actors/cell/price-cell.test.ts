import { expect, test } from 'bun:test'
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import type { PriceCellMessage } from './price-cell.messages.ts'
import { decide, emptyPriceCell, evolve, isForgotten } from './price-cell.ts'

const NOW_MS = Date.UTC(2026, 0, 5, 12)

class Cell {
  readonly state = emptyPriceCell()
  nowMs: UnixMs = NOW_MS

  tell(message: PriceCellMessage): unknown {
    const { events, effects } = decide(this.state, message, this.nowMs)
    for (const event of events) evolve(this.state, event)
    return effects[0]?.kind === 'reply' ? effects[0].body : undefined
  }

  ask() {
    return this.tell({ kind: 'pricing.ask', replyTo: { gateway: 'test', askId: 1 } }) as Record<string, number>
  }

  driver(id: string, here: boolean): void {
    this.tell({ kind: 'pricing.driver', driverId: id as DriverId, here })
  }
}

test('demand is what was asked for within the window, this question included', () => {
  const cell = new Cell()
  expect([cell.ask().demand, cell.ask().demand, cell.ask().demand]).toEqual([1, 2, 3])
  cell.nowMs += 4 * 60_000
  expect(cell.ask().demand).toBe(4)
  cell.nowMs += 60_000
  expect(cell.ask().demand).toBe(2)
})

test('supply is who is here, was heard of, and has not left', () => {
  const cell = new Cell()
  cell.driver('a', true)
  cell.driver('a', true)
  cell.driver('b', true)
  expect(cell.ask().supply).toBe(2)
  cell.driver('b', false)
  expect(cell.ask().supply).toBe(1)
  cell.nowMs += 35_000
  expect(cell.ask().supply).toBe(0)
  cell.driver('c', true)
  expect([...cell.state.idle.keys()]).toEqual(['c' as DriverId])
})

test('ruleset 1 has no surge, and the round is a minute', () => {
  expect(new Cell().ask()).toMatchObject({ kind: 'surge', multiplierPermille: 1_000, round: NOW_MS / 60_000 })
})

test('a cell is forgotten once nothing counted in it matters any more', () => {
  const cell = new Cell()
  expect(isForgotten(cell.state, NOW_MS)).toBe(true)
  cell.ask()
  cell.driver('a', true)
  expect(isForgotten(cell.state, NOW_MS + 40_000)).toBe(false)
  expect(isForgotten(cell.state, NOW_MS + 300_000)).toBe(true)
})

test('a driver that is about keeps the cell, until it was not heard of for long', () => {
  const cell = new Cell()
  cell.driver('a', true)
  expect(isForgotten(cell.state, NOW_MS + 10_000)).toBe(false)
  expect(isForgotten(cell.state, NOW_MS + 35_000)).toBe(true)
})

test('what was asked for before the window is not kept', () => {
  const cell = new Cell()
  cell.ask()
  cell.nowMs += 5 * 60_000
  cell.ask()
  expect([...cell.state.asked.keys()]).toEqual([NOW_MS / 60_000 + 5])
})

test('a driver that speaks again does not hide the silence of others', () => {
  const cell = new Cell()
  for (const [id, atMs] of [
    ['a', 0],
    ['b', 1_000],
    ['a', 34_000],
    ['c', 40_000],
  ] as const) {
    cell.nowMs = NOW_MS + atMs
    cell.driver(id, true)
  }
  expect([...cell.state.idle.keys()]).toEqual(['a', 'c'] as DriverId[])
})
