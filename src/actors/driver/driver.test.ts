import { expect, test } from 'bun:test'
import type { LatLng } from '../../domain/geo.ts'
import { cellAt, INDEX_RES, PRICE_RES, parentOf } from '../../domain/h3.ts'
import type { OfferId } from '../../domain/ids.ts'
import { matchingCellsNear } from '../../domain/reach.ts'
import { regionOf, shardOf } from '../../domain/region.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { sentBy, summary } from '../turn.fixtures.ts'
import { statusOf } from './driver.evolve.ts'
import {
  APPEARS,
  ASKER,
  confirmedOf,
  DRIVERS,
  driver,
  ENDS_MS,
  FAR,
  FIRST,
  fix,
  HOLD,
  HOME,
  HOME_SHARD,
  LAPSES_MS,
  LEAVES,
  NOW_MS,
  offerOf,
  PLACE,
  PROFILE,
  SECOND,
  TASK,
  take,
} from './driver.fixtures.ts'
import type { DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'
import { decide, resume } from './driver.ts'

const { idle } = DRIVERS

test('a driver that nobody knows holds nothing and is not found', () => {
  expect(summary(decide(null, offerOf(FIRST), NOW_MS, SETTINGS))).toBe('>order.not_held')
  expect(summary(decide(null, { kind: 'driver.read', replyTo: ASKER }, NOW_MS, SETTINGS))).toBe('=not_found')
  expect(summary(decide(null, confirmedOf(FIRST, 1), NOW_MS, SETTINGS))).toBe('')
})

test('a driver that was only seen is registered once', () => {
  const register: DriverMessage = {
    kind: 'driver.register',
    replyTo: ASKER,
    profile: PROFILE,
    key: { key: 'k', requestHash: 'h' },
  }
  const seen = driver({ version: 4, isRegistered: false, availability: 'offline' })
  expect(take(seen, register).does).toBe('*registered !key =driver')
  expect(take(take(seen, register).state, register).does).toBe('=already_exists')
})

test('a promise names the epoch and the load version that it was made at', () => {
  const [held] = sentBy(take(idle, offerOf(FIRST)).turn)
  expect(held).toMatchObject({ kind: 'order.held', driverEpoch: 3, loadVersion: 4, driverShard: HOME_SHARD })
})

test('going off duty raises the epoch: no promise of before can be used', () => {
  const off = take(DRIVERS.holding, { kind: 'driver.availability', replyTo: ASKER, status: 'offline' }).state
  expect(off).toMatchObject({ epoch: 4, hold: null })
})

test('whoever goes off duty in the middle of an offer looks at the record once it cannot be accepted any more', () => {
  const { state, turn } = take(DRIVERS.holding, { kind: 'driver.availability', replyTo: ASKER, status: 'offline' })
  const lapsesAtMs = (DRIVERS.holding.hold?.expiresAtMs ?? 0) + 2_000
  expect(turn.effects).toContainEqual({ kind: 'set_timer', name: 'doubt', atMs: lapsesAtMs })
  expect(take(state, { kind: 'timer', name: 'doubt' }).turn.effects).toEqual([{ kind: 'reload' }])
  const again = take(DRIVERS.holding, { kind: 'timer', name: 'doubt' })
  expect(again.turn.effects).toEqual([{ kind: 'set_timer', name: 'doubt', atMs: lapsesAtMs }])
})

test('a driver takes orders up to its capacity, one offer at a time', () => {
  const roomy = driver({ profile: { ...idle.profile, capacity: 2 }, assignments: [{ ...FIRST, size: 1, task: TASK }] })
  expect(take(roomy, offerOf(SECOND)).does).toContain('>order.held')
  expect(take(roomy, offerOf(SECOND, { size: 2 })).does).toContain('>order.not_held')
})

test('who holds an offer asks about it now and then, and at last when it lapses; that it is still one changes nothing', () => {
  const asksAt = (atMs: number) => ({ kind: 'set_timer', name: 'hold', atMs }) as const
  expect(take(idle, offerOf(FIRST)).turn.effects).toContainEqual(asksAt(NOW_MS + 5_000))
  const asked = take(DRIVERS.holding, { kind: 'timer', name: 'hold' }, NOW_MS + 12_000)
  expect([asked.does, asked.state.hold]).toEqual(['>order.ask_offer', HOLD])
  expect(asked.turn.effects).toContainEqual(asksAt(LAPSES_MS))
  const open = { kind: 'driver.offer_open', offerId: FIRST.offerId, expiresAtMs: ENDS_MS } as const
  expect(take(asked.state, open, NOW_MS + 12_001).turn.effects).toEqual([asksAt(LAPSES_MS)])
})

test('a silent order is asked a few times, then the record is', () => {
  let state: DriverState = DRIVERS.holding
  const does: string[] = []
  for (let n = 0; n < 5; n++) {
    const taken = take(state, { kind: 'timer', name: 'hold' }, LAPSES_MS + n * 2_000)
    does.push(taken.does)
    state = taken.state
  }
  expect(does).toEqual([...Array(4).fill('*asked >order.ask_offer'), 'reload'])
})

test('a driver moves when it is well inside another region, tells the cells where it will live, and leaves last', () => {
  const { does, state } = take(idle, fix(FAR))
  expect(does).toBe('*moved *rehomed *announced >matching.driver >pricing.driver move')
  expect(state).toMatchObject({ homeShard: shardOf(regionOf(FAR), SETTINGS.shards), epoch: 4, version: 2 })
})

test('a driver that holds an offer stays until that is settled', () => {
  expect(take(DRIVERS.holding, fix(FAR)).does).toBe('*moved')
  expect(take(take(DRIVERS.holding, fix(FAR)).state, fix(FAR)).state.homeShard).toBe(HOME_SHARD)
})

test('a driver that was just activated beyond a border, within reach of its home, stays', () => {
  const onBorder = borderNorthOf(PLACE)
  const activated = driver({ homeRegion: null, position: null })
  expect(shardOf(regionOf(onBorder), SETTINGS.shards)).not.toBe(HOME_SHARD)
  expect(take(activated, fix(onBorder)).does).not.toMatch(/ move$/)
  expect(take(activated, fix(FAR)).does).toMatch(/ move$/)
})

function borderNorthOf(from: LatLng): LatLng {
  let at = from
  while (regionOf(at) === HOME) at = { ...at, latitude: at.latitude + 0.0002 }
  return at
}

test('a driver with an order asks about it now and then, in case the word that it is over was lost', () => {
  const verify = { kind: 'set_timer', name: 'verify', atMs: NOW_MS + 60_000 } as const
  expect(take(DRIVERS.holding, confirmedOf(FIRST, 5)).turn.effects).toContainEqual(verify)
  expect(take(DRIVERS.busy, { kind: 'timer', name: 'verify' }).turn.effects).toContainEqual(verify)
  expect(resume(DRIVERS.busy, NOW_MS)).toContainEqual(verify)
})

test('after an activation the cells are told the truth, and orders are asked whether they are still there', () => {
  const revived = { ...DRIVERS.busy, announced: idle.announced }
  expect(summary({ events: [], writes: {}, effects: resume(revived, NOW_MS) })).toBe('>order.ask_assignment')
  expect(take(revived, { kind: 'timer', name: 'announce' }).does).toBe(LEAVES)
})

test('the cells are told again where it is now and then, not with every fix', () => {
  const told = (ms: number) => take(idle, fix(PLACE, NOW_MS + ms), NOW_MS + ms).does
  expect(told(5_000)).toBe('*moved')
  expect(told(10_000)).toBe(`*moved ${APPEARS}`)
})

test('a late word about another offer does not touch the hold', () => {
  const revoked = take(DRIVERS.holding, { kind: 'driver.revoke', offerId: SECOND.offerId, reason: 'expired' })
  expect([revoked.does, revoked.state.hold]).toEqual(['~offer_revoked', HOLD])
  const open = take(DRIVERS.holding, { kind: 'driver.offer_open', offerId: SECOND.offerId, expiresAtMs: ENDS_MS + 9 })
  expect([open.does, open.state.hold]).toEqual(['', HOLD])
})

test('the phone is told of an order that was taken away, not of one that it has delivered', () => {
  const ended = { kind: 'driver.ended', ...FIRST, reason: 'x' } as const
  expect(take(DRIVERS.busy, { ...ended, status: 'cancelled' }).does).toContain('~order_cancelled')
  expect(take(DRIVERS.busy, { ...ended, status: 'delivered' }).does).not.toContain('~order_cancelled')
})

test('what is read back is what the driver does, before what it set', () => {
  const { offline, paused, idle: available, holding, busy } = DRIVERS
  expect([offline, paused, available, holding, busy].map(statusOf)).toEqual([
    'offline',
    'paused',
    'available',
    'offered',
    'busy',
  ])
})

test('a hold that is still good although its time is over is asked about again soon, not at once', () => {
  const over = { kind: 'driver.offer_open', offerId: FIRST.offerId, expiresAtMs: NOW_MS - 60_000 } as const
  const again = { kind: 'set_timer', name: 'hold', atMs: NOW_MS + 2_000 } as const
  expect(take(DRIVERS.holding, over).turn.effects).toEqual([again])
})

test('a driver that was just activated settles in the region it is in', () => {
  const { does, state } = take(driver({ homeRegion: null, position: null }), fix(PLACE))
  expect(does).toMatch(/^\*moved \*settled/)
  expect(state.homeRegion).toBe(HOME)
})

test('an offer to somebody whom nobody knows is refused, and no phone rings for it', () => {
  const [refused] = sentBy(decide(null, offerOf(FIRST), NOW_MS, SETTINGS))
  expect(refused).toMatchObject({ kind: 'order.not_held', reason: 'unknown_driver', rings: false })
})

test('an order that a driver has is not offered to it again, whatever room it has', () => {
  const roomy = driver({ assignments: [{ ...FIRST, size: 1 }], profile: { ...idle.profile, capacity: 3 } })
  const again = offerOf({ ...FIRST, offerId: `${FIRST.offerId.slice(0, -1)}2` as OfferId })
  expect(sentBy(take(roomy, again).turn)).toContainEqual(expect.objectContaining({ reason: 'already_assigned' }))
})

test('who moves within its index cell tells the same cells where it is now; beyond it they are looked for again', () => {
  const near = { ...PLACE, latitude: PLACE.latitude + 0.0001 }
  const again = take(idle, fix(near, NOW_MS + 10_000), NOW_MS + 10_000)
  expect(again.state.announced?.indexCell).toBe(idle.announced?.indexCell ?? HOME)
  expect(again.state.announced?.matchingCells).toBe(idle.announced?.matchingCells ?? [])
  const told = sentBy(again.turn).find(({ kind }) => kind === 'matching.driver')
  expect(told).toMatchObject({ driver: { position: near } })

  const away = { ...PLACE, latitude: PLACE.latitude + 0.01 }
  const { announced } = take(idle, fix(away, NOW_MS + 1_000), NOW_MS + 1_000).state
  expect(announced?.matchingCells).toEqual(matchingCellsNear(away, SETTINGS.pickupMaxS))
  expect(announced?.priceCell).toBe(parentOf(cellAt(away, INDEX_RES), PRICE_RES))
})
