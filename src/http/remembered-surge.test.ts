import { expect, test } from 'bun:test'
import type { CellId } from '../domain/ids.ts'
import { RememberedSurge } from './remembered-surge.ts'

const HERE = '88283082a1fffff' as CellId
const THERE = '88283082a3fffff' as CellId

function remembered(startMs = 10_000) {
  const clock = { atMs: startMs, nowMs: () => clock.atMs }
  return { clock, surge: new RememberedSurge(clock) }
}

test('what was said of a cell holds for a second, and for that cell alone', () => {
  const { clock, surge } = remembered()
  surge.learn(HERE, { stored: 1_200, round: 7 })
  clock.atMs += 999
  expect([surge.of(HERE), surge.of(THERE)]).toMatchObject([{ stored: 1_200, round: 7 }, null])
  clock.atMs += 1
  expect(surge.of(HERE)).toBeNull()
})

test('a later word replaces an earlier one, and holds for a second from then', () => {
  const { clock, surge } = remembered()
  surge.learn(HERE, { stored: 1_200, round: 7 })
  clock.atMs += 600
  surge.learn(HERE, { stored: 1_400, round: 8 })
  clock.atMs += 600
  expect(surge.of(HERE)).toMatchObject({ stored: 1_400, round: 8 })
})

test('a clock that is set back makes nothing last', () => {
  const { clock, surge } = remembered()
  surge.learn(HERE, { stored: 1_200, round: 7 })
  clock.atMs -= 5_000
  expect(surge.of(HERE)).toBeNull()
})

test('cells are remembered up to a limit', () => {
  const { surge } = remembered()
  for (let i = 0; i <= 10_000; i++) surge.learn(`cell${i}` as CellId, { stored: 1_000, round: 1 })
  expect([surge.of('cell0' as CellId), surge.of('cell10000' as CellId)]).toMatchObject([null, { round: 1 }])
})
