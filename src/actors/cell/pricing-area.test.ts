import { describe, expect, test } from 'bun:test'
import { disk } from '../../domain/h3.ts'
import type { CellId, DriverId, UnixMs } from '../../domain/ids.ts'
import { areaOf } from '../../domain/surge/neighbourhood.ts'
import { BORDER, DOWNTOWN, ROUND_MS, START_MS } from '../../domain/surge/surge.fixtures.ts'
import type { SurgeRound } from '../../domain/surge/surge-round.ts'
import { DEFAULT_SURGE } from '../../domain/surge/surge-rules.ts'
import { DEFAULT_SETTINGS } from '../default-settings.ts'
import type { AreaPrices } from '../runtime/ports.ts'
import type { Effect } from '../runtime/turn.ts'
import type { PricingMessage } from './pricing-area.messages.ts'
import { emptyPricingArea, evolve } from './pricing-area.state.ts'
import { canRest, decide } from './pricing-area.ts'

const AREA = areaOf(DOWNTOWN)
const ASKER = { gateway: 'test', askId: 1 } as const

/** An area, and a record that answers when it is told to. */
class Metropolis {
  readonly state = emptyPricingArea(AREA)
  nowMs: UnixMs = START_MS + 1_000
  readonly replies: Record<string, unknown>[] = []
  readonly sent: { readonly to: string; readonly message: { readonly kind: string } }[] = []
  readonly published: { readonly topic: string; readonly data: Record<string, unknown> }[] = []
  readonly timers = new Map<string, UnixMs>()
  asked: (SurgeRound | null)[] = []
  last: SurgeRound | null = null
  /** The numbers of all rounds that the record was given. */
  readonly computed: number[] = []

  tell(message: PricingMessage): void {
    const { events, effects } = decide(this.state, message, this.nowMs, DEFAULT_SETTINGS)
    for (const event of events) evolve(this.state, event)
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: Effect): void {
    if (effect.kind === 'reply') this.replies.push(effect.body)
    if (effect.kind === 'send') this.sent.push({ to: effect.to.id, message: effect.message })
    if (effect.kind === 'publish') this.published.push({ topic: effect.topic, data: effect.data })
    if (effect.kind === 'set_timer') this.timers.set(effect.name, effect.atMs)
    if (effect.kind !== 'price_log') return
    this.asked.push(effect.round)
    if (effect.round) this.computed.push(effect.round.round)
  }

  /** The record stores what it was given, and says what it has. */
  answer(): void {
    const asked = this.asked
    this.asked = []
    for (const round of asked) {
      if (round && round.round > (this.last?.round ?? -1)) this.last = round
      this.tell({ kind: 'pricing.record', prices: this.prices })
    }
  }

  get prices(): AreaPrices {
    return { area: AREA, last: this.last, rulesetVersion: '2', surge: DEFAULT_SURGE }
  }

  /** Drivers who are heard of now are still believed when the round begins. */
  shortlyBeforeRound(): void {
    this.nowMs = (Math.floor(this.nowMs / ROUND_MS) + 1) * ROUND_MS - 10_000
  }

  /** To the next round, and through it. */
  round(): void {
    this.nowMs = (Math.floor(this.nowMs / ROUND_MS) + 1) * ROUND_MS
    this.tell({ kind: 'timer', name: 'round' })
    while (this.asked.length > 0) this.answer()
  }

  quote(asker: string, cell: CellId = DOWNTOWN): void {
    this.tell({ kind: 'pricing.quote', replyTo: ASKER, asker, cell })
  }

  driver(id: string, is: 'idle' | 'soon' | 'busy' | 'off', cell: CellId = DOWNTOWN): void {
    this.tell({ kind: 'pricing.driver', driverId: id as DriverId, cell, is })
  }

  get counted(): { demand: number; supplyPermille: number } {
    const { demand = 0, supplyPermille = 0 } = this.last?.cells.find(({ cell }) => cell === DOWNTOWN) ?? {}
    return { demand, supplyPermille }
  }
}

function open(): Metropolis {
  const metropolis = new Metropolis()
  metropolis.tell({ kind: 'pricing.read', cells: [] })
  metropolis.answer()
  return metropolis
}

describe('prices', () => {
  test('are answered from the last stored round, and wait for the first word of the record', () => {
    const city = new Metropolis()
    city.quote('ann')
    city.quote('bob')
    expect([city.replies, city.asked]).toEqual([[], [null]])
    city.answer()
    expect(city.replies).toMatchObject([
      { kind: 'surge', round: 0 },
      { cells: [{ cell: DOWNTOWN, multiplierPermille: 1_000 }] },
    ])
  })

  test('of a round that is not stored yet are used by nobody', () => {
    const city = open()
    for (let n = 0; n < 40; n++) city.quote(`asker ${n}`)
    city.nowMs = START_MS + ROUND_MS
    city.tell({ kind: 'timer', name: 'round' })
    city.answer()
    expect(city.asked).toMatchObject([{ round: city.nowMs / ROUND_MS }])
    city.quote('late')
    expect(city.replies.at(-1)).toMatchObject({ round: 0, cells: [{ multiplierPermille: 1_000 }] })
    city.answer()
    city.quote('later')
    expect(city.replies.at(-1)).toMatchObject({ round: city.nowMs / ROUND_MS, cells: [{ multiplierPermille: 1_050 }] })
  })

  test('go on from what the record has, where somebody else has stored that round', () => {
    const city = open()
    city.quote('ann')
    city.round()
    const theirs = { ...(city.last as SurgeRound), round: city.nowMs / ROUND_MS + 1, cells: [] }
    city.last = theirs
    city.round()
    expect(city.last).toBe(theirs)
    expect(city.computed).not.toContain(theirs.round)
    city.round()
    expect(city.last?.round).toBe(theirs.round + 1)
  })

  test('stay while the record does not answer, and whoever waits for the first word is refused', () => {
    const city = new Metropolis()
    city.quote('ann')
    city.tell({ kind: 'pricing.no_record' })
    expect([city.replies, city.timers.has('again')]).toEqual([[{ kind: 'unavailable' }], true])
    city.asked = []
    city.tell({ kind: 'timer', name: 'again' })
    city.answer()
    for (let n = 0; n < 40; n++) city.quote(`asker ${n}`)
    city.round()
    city.nowMs += ROUND_MS
    city.tell({ kind: 'timer', name: 'round' })
    city.tell({ kind: 'pricing.no_record' })
    city.asked = []
    city.quote('bob')
    expect(city.replies.at(-1)).toMatchObject({ round: city.last?.round, cells: [{ multiplierPermille: 1_050 }] })
  })

  test('are told to whoever watches a cell, where they have changed', () => {
    const city = open()
    for (let n = 0; n < 40; n++) city.quote(`asker ${n}`)
    city.round()
    expect(city.published).toContainEqual({
      topic: `cell:${DOWNTOWN}`,
      data: { cell: DOWNTOWN, multiplier: 1.05, demand: 40, supply: 0, round: city.nowMs / ROUND_MS },
    })
    const told = city.published.length
    city.tell({ kind: 'pricing.record', prices: city.prices })
    expect(city.published.length).toBe(told)
  })
})

describe('demand', () => {
  test('is people, not questions: whoever looks again and again is one', () => {
    const city = open()
    for (let n = 0; n < 50; n++) city.quote('ann')
    city.quote('bob')
    city.round()
    expect(city.counted.demand).toBe(2)
  })

  test('is where somebody asked last, for a window, and for as long as an order waits', () => {
    const city = open()
    city.quote(
      'ann',
      disk(DOWNTOWN, 1).find(cell => cell !== DOWNTOWN),
    )
    city.quote('ann')
    for (let minute = 0; minute < 9; minute++) {
      city.tell({ kind: 'pricing.waiting', cell: DOWNTOWN, asker: 'bob' })
      city.round()
      expect(city.counted.demand).toBe(minute < 5 ? 2 : 1)
    }
  })
})

describe('supply', () => {
  test('is who is free, in part who soon is, and less and less who has left', () => {
    const city = open()
    city.shortlyBeforeRound()
    city.driver('free', 'idle')
    city.driver('soon', 'soon')
    city.driver('gone', 'idle')
    city.driver('gone', 'off')
    city.driver('taken', 'idle')
    city.driver('taken', 'busy')
    city.round()
    const first = city.counted.supplyPermille
    expect(first).toBeGreaterThan(2_300)
    expect(first).toBeLessThan(2_500)
    city.shortlyBeforeRound()
    for (const id of ['free', 'soon', 'gone']) city.driver(id, 'idle')
    city.round()
    expect(city.counted.supplyPermille).toBe(3_000)
  })

  test('that falls silent has left; a busy driver that goes home takes nothing away', () => {
    const city = open()
    city.driver('silent', 'idle')
    city.driver('busy', 'off')
    city.quote('ann')
    city.round()
    expect(city.counted.supplyPermille).toBeLessThan(1_000)
    expect(city.counted.supplyPermille).toBeGreaterThan(500)
  })
})

test('120 drivers who log off together are flagged in the next round', () => {
  const city = open()
  for (let n = 0; n < 150; n++) city.driver(`drv_${n}`, 'idle')
  for (let n = 0; n < 20; n++) city.quote(`asker ${n}`)
  for (let n = 0; n < 120; n++) city.driver(`drv_${n}`, 'off')
  city.shortlyBeforeRound()
  for (let n = 120; n < 150; n++) city.driver(`drv_${n}`, 'idle')
  city.round()
  expect(city.last?.flags).toMatchObject([{ kind: 'mass_log_off', left: 120, present: 30 }])
  expect(city.counted.supplyPermille).toBe(150_000)
})

test('the metropolis next door is told of the border, and once more when it is neutral again', () => {
  const { here, there } = BORDER
  const home = areaOf(here)
  const metropolis = new Metropolis()
  const state = emptyPricingArea(home)
  Object.assign(metropolis, { state })
  metropolis.tell({ kind: 'pricing.read', cells: [] })
  metropolis.answer()
  for (let n = 0; n < 40; n++) metropolis.quote(`asker ${n}`, here)
  metropolis.round()
  const digests = () =>
    metropolis.sent.filter(({ to, message }) => to === areaOf(there) && message.kind === 'pricing.border')
  expect(digests().at(-1)?.message).toMatchObject({
    digest: { from: home, cells: expect.arrayContaining([[here, 1_050]]) },
  })
  for (let n = 0; n < 20; n++) metropolis.round()
  expect(digests().at(-1)?.message).toMatchObject({ digest: { cells: [] } })
  const told = digests().length
  metropolis.round()
  expect(digests().length).toBe(told)
})

test('an area in which nothing happens any more computes no rounds, and makes room', () => {
  const city = open()
  city.quote('ann')
  expect(canRest(city.state)).toBe(false)
  for (let n = 0; n < 10; n++) city.round()
  const { round } = city.last as SurgeRound
  expect(canRest(city.state)).toBe(true)
  city.nowMs += 10 * ROUND_MS
  city.quote('bob')
  city.round()
  expect(city.last?.round).toBeGreaterThan(round + 9)
})
