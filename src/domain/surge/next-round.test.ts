import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { disk, parentOf, ring } from '../h3.ts'
import type { CellId } from '../ids.ts'
import { digestsOf, emptyDigest } from './border.ts'
import { areaOf } from './neighbourhood.ts'
import { Area, BORDER, CORNER, counts, DOWNTOWN, ROUND_MS, START_MS, steepest } from './surge.fixtures.ts'
import type { BorderDigest, CellCounts } from './surge-round.ts'
import { DEFAULT_SURGE, NO_SURGE, type SurgeRules } from './surge-rules.ts'

const HOME = areaOf(DOWNTOWN)
const SURGE = DEFAULT_SURGE

function after(rounds: number, area: Area, counted: readonly CellCounts[], fromMs = START_MS): number {
  for (let n = 0; n < rounds; n++) area.round(fromMs + n * ROUND_MS, counted)
  return fromMs + rounds * ROUND_MS
}

describe('a round', () => {
  test('is neutral where nothing is asked, and where there are drivers enough', () => {
    const area = new Area(HOME)
    after(20, area, [])
    expect(area.last?.cells).toEqual([])
    after(20, area, [counts(DOWNTOWN, { demand: 20, idle: 30 })])
    expect(area.at(DOWNTOWN)).toBe(1_000)
    expect(area.last?.cells).toMatchObject([{ cell: DOWNTOWN, demand: 20, supplyPermille: 30_000 }])
  })

  test('rises where more is asked than there are drivers, and comes back to neutral', () => {
    const area = new Area(HOME)
    const busy = disk(DOWNTOWN, 4).map(cell => counts(cell, { demand: 3, idle: 1 }))
    const nowMs = after(60, area, busy)
    expect(area.at(DOWNTOWN)).toBeGreaterThan(1_500)
    expect(area.at(DOWNTOWN)).toBeLessThanOrEqual(2_000)
    after(120, area, [], nowMs)
    expect(area.last?.cells).toEqual([])
  })

  test('counts who is asked for in a neighbourhood, not one person who asks for the only car far away', () => {
    const area = new Area(HOME)
    after(20, area, [counts(DOWNTOWN, { demand: 2 })])
    expect(area.at(DOWNTOWN)).toBe(1_000)
  })

  test('of a ruleset without surge is neutral, and counted all the same', () => {
    const area = new Area(HOME, NO_SURGE)
    after(20, area, [counts(DOWNTOWN, { demand: 500 })])
    expect(area.last?.cells.every(cell => cell.multiplierPermille === 1_000)).toBe(true)
    expect(area.last?.cells.find(cell => cell.cell === DOWNTOWN)?.demand).toBe(500)
  })

  test('is the same for the same inputs, in whatever order they were counted', () => {
    const counted = disk(DOWNTOWN, 3).map((cell, i) => counts(cell, { demand: i % 5, idle: i % 3 }))
    const [one, other] = [new Area(HOME), new Area(HOME)]
    after(10, one, counted)
    after(10, other, counted.toReversed())
    expect(JSON.stringify(other.last)).toBe(JSON.stringify(one.last))
  })

  test('makes no use of a price that was a moment ago: a small change leaves the multiplier alone', () => {
    const area = new Area(HOME)
    const busy = (demand: number) => disk(DOWNTOWN, 3).map(cell => counts(cell, { demand, idle: 10 }))
    let nowMs = after(60, area, busy(20))
    const settled = area.at(DOWNTOWN)
    for (const demand of [21, 20, 19, 20, 21, 20]) {
      area.round(nowMs, busy(demand))
      expect(area.at(DOWNTOWN)).toBe(settled)
      nowMs += ROUND_MS
    }
  })

  test('an emergency cap counts at once, over everything', () => {
    const area = new Area(HOME)
    const busy = disk(DOWNTOWN, 5).map(cell => counts(cell, { demand: 50, idle: 1 }))
    const nowMs = after(40, area, busy)
    expect(area.at(DOWNTOWN)).toBeGreaterThan(1_500)
    const emergency = new Area(HOME, { emergencyCapPermille: 1_200 })
    emergency.last = area.last
    emergency.round(nowMs, busy)
    expect(Math.max(...emergency.levels.values())).toBe(1_200)
    expect(steepest([emergency])).toBeLessThanOrEqual(SURGE.stepPermille)
  })

  test('after rounds that nobody computed a price may fall by as many moves, and rise by one', () => {
    const area = new Area(HOME)
    const busy = disk(DOWNTOWN, 5).map(cell => counts(cell, { demand: 50, idle: 1 }))
    const nowMs = after(40, area, busy)
    const high = area.at(DOWNTOWN)
    area.round(nowMs + 9 * ROUND_MS, [])
    expect(area.at(DOWNTOWN)).toBeLessThan(high - 2 * SURGE.movePermille)
    const low = area.at(DOWNTOWN)
    area.round(nowMs + 30 * ROUND_MS, busy)
    expect(area.at(DOWNTOWN)).toBeLessThanOrEqual(low + SURGE.movePermille)
  })
})

/** Counts that differ wildly from cell to cell and from round to round. */
const wildCounts = (cells: readonly CellId[]) =>
  fc.array(
    fc.record({
      cell: fc.constantFrom(...cells),
      demand: fc.nat(60),
      idle: fc.nat(40),
      soon: fc.nat(5),
      leftPermille: fc.nat(20_000),
      left: fc.nat(40),
    }),
    { maxLength: 30 },
  )

const wildRules: fc.Arbitrary<SurgeRules> = fc
  .record({
    grid: fc.constantFrom(10, 25, 50, 100),
    moves: fc.integer({ min: 1, max: 3 }),
    spare: fc.integer({ min: 1, max: 4 }),
    floor: fc.integer({ min: 0, max: 5 }),
    cap: fc.integer({ min: 0, max: 40 }),
    slopePermille: fc.nat(3_000),
    smoothingPermille: fc.integer({ min: 1, max: 1_000 }),
    rings: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ grid, moves, spare, floor, cap, slopePermille, smoothingPermille, rings }) => ({
    ...SURGE,
    gridPermille: grid,
    movePermille: moves * grid,
    stepPermille: (2 * moves + spare) * grid,
    floorPermille: 1_000 - Math.min(floor, 2 * moves + spare) * grid,
    capPermille: 1_000 + cap * grid,
    hysteresisPermille: grid - 1,
    slopePermille,
    smoothingPermille,
    ringWeightsPermille: [1_000, 600, 200].slice(0, rings),
    demandMinPermille: 0,
  }))

const once = (counted: readonly CellCounts[]) => [...new Map(counted.map(count => [count.cell, count])).values()]

test('two people a few metres apart never see multipliers more than one step apart, and none moves more than one a round', () => {
  const cells = disk(DOWNTOWN, 4)
  fc.assert(
    fc.property(wildRules, fc.array(wildCounts(cells), { minLength: 1, maxLength: 15 }), (rules, rounds) => {
      const area = new Area(HOME, rules)
      rounds.forEach((counted, n) => {
        const before = area.levels
        area.round(START_MS + n * ROUND_MS, once(counted))
        expect(steepest([area])).toBeLessThanOrEqual(rules.stepPermille)
        for (const [cell, level] of area.levels) {
          expect(Math.abs(level - (before.get(cell) ?? 1_000))).toBeLessThanOrEqual(rules.movePermille)
          expect(level % rules.gridPermille).toBe(0)
          expect(level).toBeGreaterThanOrEqual(rules.floorPermille)
          expect(level).toBeLessThanOrEqual(rules.capPermille)
        }
      })
    }),
    { numRuns: 80 },
  )
})

describe.each([
  ['at the border of two metropolises', BORDER.here, 2],
  ['at the corner of three metropolises', CORNER, 3],
] as const)('%s', (_, here, metropolises) => {
  const cells = disk(here, 3)
  const areas = [...new Set(cells.map(areaOf))]

  test('there are that many', () => {
    expect(areas.length).toBe(metropolises)
  })

  /** Tells the others, as after each round; a digest that is late or lost is the caller's to leave out. */
  function tell(from: Area, to: Area): void {
    if (!from.last) return
    const digest: BorderDigest = digestsOf(from.last, from.rules).get(to.area) ?? emptyDigest(from.last, from.rules)
    to.digests.set(from.area, digest)
  }

  test('neighbours keep the step at every moment, whoever computes first, whatever digest is late', () => {
    const turn = fc.record({
      counted: wildCounts(cells),
      order: fc.nat(5),
      lost: fc.array(fc.boolean(), { maxLength: 9 }),
    })
    fc.assert(
      fc.property(wildRules, fc.array(turn, { minLength: 5, maxLength: 15 }), (rules, turns) => {
        const all = areas.map(area => new Area(area, rules))
        turns.forEach(({ counted, order, lost }, n) => {
          const nowMs = START_MS + n * ROUND_MS
          const turned = [...all.slice(order % all.length), ...all.slice(0, order % all.length)]
          for (const area of turned) {
            area.round(
              nowMs,
              once(counted).filter(count => areaOf(count.cell) === area.area),
            )
            expect(steepest(all)).toBeLessThanOrEqual(rules.stepPermille)
          }
          let i = 0
          for (const from of all) for (const to of all) if (from !== to && !lost[i++]) tell(from, to)
        })
      }),
      { numRuns: 40 },
    )
  })

  test('a peak on the border rises on both sides, and relaxes where the other side falls silent', () => {
    const all = areas.map(area => new Area(area))
    const [one] = all
    if (!one) throw new Error('a border without areas')
    const busy = cells.map(cell => counts(cell, { demand: 30, idle: 1 }))
    let nowMs = START_MS
    for (let n = 0; n < 30; n++, nowMs += ROUND_MS) {
      for (const area of all)
        area.round(
          nowMs,
          busy.filter(count => areaOf(count.cell) === area.area),
        )
      for (const from of all) for (const to of all) if (from !== to) tell(from, to)
    }
    const owner = all.find(area => area.area === areaOf(here)) ?? one
    expect(owner.at(here)).toBeGreaterThan(1_300)
    for (let n = 0; n < 30; n++, nowMs += ROUND_MS) {
      owner.round(
        nowMs,
        busy.filter(count => areaOf(count.cell) === owner.area),
      )
    }
    expect(owner.at(here)).toBeLessThanOrEqual(1_000 + SURGE.stepPermille)
  })
})

test('120 drivers log off together: the price moves by no more than the step, and the round is flagged', () => {
  const area = new Area(HOME)
  const cells = disk(DOWNTOWN, 2)
  const regular = cells.map(cell => counts(cell, { demand: 8, idle: 8 }))
  let nowMs = after(30, area, regular)
  const before = area.at(DOWNTOWN)
  expect(area.last?.flags).toEqual([])

  // Of 152 drivers 120 leave within a minute; for ten minutes they are counted as having left, less and less.
  for (let minute = 0; minute < 10; minute++, nowMs += ROUND_MS) {
    const was = area.at(DOWNTOWN)
    const decayed = Math.round(1_000 * 0.5 ** (minute / 3))
    const gone = cells.map((cell, i) => {
      const left = i < 6 ? 7 : 6
      return counts(cell, { demand: 8, idle: 8 - left, left, leftPermille: left * decayed })
    })
    expect(gone.reduce((sum, { left }) => sum + left, 0)).toBe(120)
    area.round(nowMs, gone)
    expect(area.last?.flags).toMatchObject([{ kind: 'mass_log_off', region: parentOf(DOWNTOWN, 6) }])
    expect(area.at(DOWNTOWN) - was).toBeLessThanOrEqual(SURGE.movePermille)
    expect(area.at(DOWNTOWN)).toBeLessThanOrEqual(before + SURGE.stepPermille)
  }
})

test('drivers who come and go as usual are not flagged, however many they are', () => {
  const area = new Area(HOME)
  const cells = ring(DOWNTOWN, 1)
  const shift = cells.map(cell => counts(cell, { demand: 4, idle: 6, left: 2, leftPermille: 1_000 }))
  after(100, area, shift)
  const flagged = cells.map(cell => counts(cell, { demand: 4, idle: 5, left: 3, leftPermille: 2_000 }))
  area.round(START_MS + 100 * ROUND_MS, flagged)
  expect(area.last?.flags).toEqual([])
})

test('prices do not jump each five minutes: the largest move in an hour of bursts is one move', () => {
  const area = new Area(HOME)
  const cells = disk(DOWNTOWN, 3)
  let largest = 0
  for (let minute = 0; minute < 60; minute++) {
    const before = area.levels
    const isBurst = Math.floor(minute / 5) % 2 === 0
    area.round(
      START_MS + minute * ROUND_MS,
      cells.map(cell => counts(cell, { demand: isBurst ? 12 : 0, idle: 2 })),
    )
    for (const [cell, level] of area.levels) largest = Math.max(largest, Math.abs(level - (before.get(cell) ?? 1_000)))
  }
  expect(largest).toBe(SURGE.movePermille)
})
