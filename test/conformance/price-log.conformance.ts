/** What every log of price rounds must do. Each adapter runs it against itself. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../src/actors/runtime/errors.ts'
import type { PriceLog } from '../../src/actors/runtime/ports.ts'
import { cellAt, centreOf, disk, MATCHING_RES, PRICE_RES } from '../../src/domain/h3.ts'
import type { CellId, ShardId } from '../../src/domain/ids.ts'
import type { PublishedRuleset } from '../../src/domain/pricing/in-force.ts'
import { RULESET_1 } from '../../src/domain/pricing/ruleset.ts'
import type { BorderDigest, SurgeRound } from '../../src/domain/surge/surge-round.ts'
import { DEFAULT_SURGE } from '../../src/domain/surge/surge-rules.ts'

export interface PriceLogUnderTest {
  readonly log: PriceLog
  /** Another thread or node on the same record. */
  readonly other: PriceLog
  /** @returns the new epoch of the shard. */
  takeShard(shard: ShardId): Promise<number>
  publish(published: PublishedRuleset): Promise<void>
  /** The next request lands, and its answer is lost. */
  loseNextAnswer(): Promise<void>
  close(): Promise<void>
}

const AT_MS = Date.UTC(2026, 0, 5, 12)
const SHARD = 3 as ShardId

const BORDER: BorderDigest = {
  from: cellAt({ latitude: 1, longitude: 1 }, MATCHING_RES),
  round: 6,
  roundMs: 60_000,
  movePermille: 50,
  stepPermille: 150,
  floorPermille: 1_000,
  cells: [[cellAt({ latitude: 1, longitude: 1 }, PRICE_RES), 1_100]],
}

let areas = 0
/** A metropolis of each test's own. */
function anArea(): CellId {
  return cellAt({ latitude: 10 + 2 * areas++, longitude: 20 }, MATCHING_RES)
}

function roundOf(area: CellId, round: number, more: Partial<SurgeRound> = {}): SurgeRound {
  const cells = disk(cellAt(centreOf(area), PRICE_RES), 1).sort()
  return {
    area,
    round,
    atMs: AT_MS + round * 60_000,
    rulesetVersion: '1',
    flags: [{ kind: 'mass_log_off', region: area, left: 120, present: 30 }],
    usualLeavesPermille: { [area]: 250 },
    cells: cells.map((cell, i) => ({
      cell,
      multiplierPermille: 1_000 + 50 * i,
      smoothedPermille: 1_001 + 50 * i,
      demand: i,
      supplyPermille: 1_500 * i,
    })),
    basis: { previousRound: round - 1, borders: [BORDER] },
    ...more,
  }
}

export function priceLogConformance(name: string, make: () => Promise<PriceLogUnderTest>): void {
  describe(`${name} as a price log`, () => {
    let given: PriceLogUnderTest
    let epoch = 0
    beforeAll(async () => {
      given = await make()
      epoch = await given.takeShard(SHARD)
    })
    afterAll(() => given.close())

    const store = (round: SurgeRound, log = given.log, shardEpoch = epoch) =>
      log.storeRound(round, { shard: SHARD, shardEpoch })
    const pricesOf = async (area: CellId, atMs = AT_MS) => (await given.other.pricesOf([area], atMs))[0]

    test('an area without rounds has none, and the first ruleset', async () => {
      const area = anArea()
      expect(await pricesOf(area)).toEqual({ area, last: null, rulesetVersion: '1', surge: null })
    })

    test('what is stored is read back by everybody, the last round of each area in the order asked', async () => {
      const [one, two, none] = [anArea(), anArea(), anArea()]
      expect(await store(roundOf(one, 1))).toBe('stored')
      expect(await store(roundOf(one, 2))).toBe('stored')
      expect(await store(roundOf(two, 7))).toBe('stored')
      const read = await given.other.pricesOf([two, none, one], AT_MS)
      expect(read.map(prices => prices.last)).toEqual([roundOf(two, 7), null, roundOf(one, 2)])
    })

    test('a round is written once: a second one of the same number, or an earlier one, changes nothing', async () => {
      const area = anArea()
      await store(roundOf(area, 5))
      expect(await store(roundOf(area, 5, { cells: [], basis: null }), given.other)).toBe('present')
      expect(await store(roundOf(area, 4))).toBe('present')
      expect((await pricesOf(area))?.last).toEqual(roundOf(area, 5))
    })

    test('of two that store one round at once, one does', async () => {
      const area = anArea()
      const outcomes = await Promise.all([
        store(roundOf(area, 1)),
        store(roundOf(area, 1, { cells: [] }), given.other),
        store(roundOf(area, 1, { flags: [] })),
      ])
      expect(outcomes.toSorted()).toEqual(['present', 'present', 'stored'])
    })

    test('a former owner of the shard stores nothing', async () => {
      const area = anArea()
      const former = epoch
      epoch = await given.takeShard(SHARD)
      expect(await store(roundOf(area, 1), given.log, former)).toBe('fenced')
      expect((await pricesOf(area))?.last).toBeNull()
      expect(await store(roundOf(area, 1))).toBe('stored')
    })

    test('a lost answer is no answer: the round is there, and storing it again changes nothing', async () => {
      const area = anArea()
      await given.loseNextAnswer()
      expect(await store(roundOf(area, 1)).catch((error: unknown) => error)).toBeInstanceOf(StoreUnavailableError)
      expect(await store(roundOf(area, 1))).toBe('present')
      expect((await pricesOf(area))?.last).toEqual(roundOf(area, 1))
    })

    test('the surge of the ruleset in force comes along', async () => {
      const area = anArea()
      const surge = { ...DEFAULT_SURGE, capPermille: 1_500, emergencyCapPermille: 1_200 }
      await given.publish({
        ruleset: { ...RULESET_1, version: 'here', surge },
        validFromMs: AT_MS + 1_000,
        validToMs: AT_MS + 2_000,
        cells: [area],
        createdAtMs: AT_MS,
      })
      const at = async (afterMs: number) => (await pricesOf(area, AT_MS + afterMs))?.rulesetVersion
      expect([await at(999), await at(1_000), await at(1_999), await at(2_000)]).toEqual(['1', 'here', 'here', '1'])
      expect((await pricesOf(area, AT_MS + 1_000))?.surge).toEqual(surge)
      expect((await pricesOf(anArea(), AT_MS + 1_000))?.rulesetVersion).toBe('1')
    })
  })
}
