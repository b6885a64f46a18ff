import { describe, expect, test } from 'bun:test'
import type { LatLng } from '../../domain/geo.ts'
import { cellAt, INDEX_RES, PRICE_RES, parentOf } from '../../domain/h3.ts'
import type { DriverId, OfferId, OrderId, UnixMs } from '../../domain/ids.ts'
import { matchingCellsNear } from '../../domain/reach.ts'
import { regionOf, shardOf } from '../../domain/region.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { sentBy, summary } from '../turn.fixtures.ts'
import { evolve, NO_WORK, statusOf } from './driver.evolve.ts'
import type { DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'
import { decide, resume } from './driver.ts'

const NOW_MS = Date.UTC(2026, 0, 5, 12)
const ENDS_MS = NOW_MS + 15_000
const LAPSES_MS = ENDS_MS + 2_000
const PLACE: LatLng = { latitude: 37.775, longitude: -122.418 }
const FAR: LatLng = { latitude: 37.875, longitude: -122.418 }
const HOME = regionOf(PLACE)
const HOME_SHARD = shardOf(HOME, SETTINGS.shards)
const FIRST = { orderId: 'ord_0001ke70f413cgt11gn0c1' as OrderId, offerId: 'off_0001ke70f413cgt11gn0c1-1' as OfferId }
const SECOND = { orderId: 'ord_0001ke70f413cgt11gn0c2' as OrderId, offerId: 'off_0001ke70f413cgt11gn0c2-1' as OfferId }
const TASK = { pickup: PLACE, dropoff: PLACE, driveS: 100, phase: 'to_pickup' } as const
const replyTo = { gateway: 'test', askId: 7 }

function positionAt(place: LatLng, receivedAtMs: UnixMs) {
  return {
    ...place,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs: receivedAtMs,
    receivedAtMs,
    orderId: null,
  }
}

function driver(changes: Partial<DriverState> = {}): DriverState {
  return {
    driverId: 'drv_ann' as DriverId,
    homeShard: HOME_SHARD,
    epoch: 3,
    version: 1,
    isRegistered: true,
    profile: { name: 'Ann', phone: null, vehicleType: null, vehicleId: null, capacity: 1, skills: [] },
    availability: 'available',
    loadVersion: 4,
    assignments: [],
    hold: null,
    position: positionAt(PLACE, NOW_MS),
    homeRegion: HOME,
    announced: null,
    record: NO_WORK,
    workSinceMs: null,
    ...changes,
  }
}

const hold = { ...FIRST, size: 1, expiresAtMs: ENDS_MS, offer: {}, asked: 0 }
const idle = take(driver(), fix(PLACE)).state

const DRIVERS = {
  offline: driver({ availability: 'offline' }),
  paused: driver({ availability: 'paused' }),
  idle,
  stale: driver({ position: positionAt(PLACE, NOW_MS - SETTINGS.staleMs) }),
  holding: driver({ hold }),
  busy: driver({ assignments: [{ ...FIRST, size: 1 }] }),
} as const

type DriverName = keyof typeof DRIVERS

function take(state: DriverState, message: DriverMessage, nowMs: UnixMs = NOW_MS) {
  const turn = decide(state, message, nowMs, SETTINGS)
  return { turn, does: summary(turn), state: turn.events.reduce<DriverState>(evolve, state) }
}

function fix(place: LatLng, nowMs: UnixMs = NOW_MS): DriverMessage {
  return { kind: 'driver.fix', position: positionAt(place, nowMs) }
}

function offerOf(of: typeof FIRST, changes: object = {}): DriverMessage {
  return {
    kind: 'driver.offer',
    ...of,
    size: 1,
    expiresAtMs: ENDS_MS,
    mode: 'ask',
    again: false,
    offer: {},
    ...changes,
  } as DriverMessage
}

function confirmedOf(of: typeof FIRST, loadVersion: number): DriverMessage {
  return { kind: 'driver.confirmed', ...of, size: 1, loadVersion, task: TASK, order: {} }
}

const PROFILE = { name: 'Bob', phone: null, vehicleType: 'van', vehicleId: null, capacity: 2, skills: [] }
const APPEARS = '*announced >matching.driver >pricing.driver'
const LEAVES = '*announced >matching.driver_gone >pricing.driver'
/** What the cells believe is not known where they were told nothing: they are told the truth. */
const REFUSES = `*announced >order.not_held >matching.driver_gone >pricing.driver`
/** Whoever is asked about another offer still counts as free where prices are made. */
const REFUSES_STILL_ASKED = '*announced >order.not_held >matching.driver_gone'

interface Row {
  readonly message: DriverMessage
  readonly atMs?: UnixMs
  readonly does: Partial<Record<DriverName, string>>
  /** In every other state. Whatever has no event changes nothing. */
  readonly otherwise: string
}

const TABLE: Readonly<Record<string, Row>> = {
  'registered again': {
    message: { kind: 'driver.register', replyTo, profile: PROFILE, key: null },
    does: {},
    otherwise: '=already_exists',
  },
  'on duty': {
    message: { kind: 'driver.availability', replyTo, status: 'available' },
    does: {
      offline: '*availability *announced =driver >matching.driver >pricing.driver',
      paused: '*availability *announced =driver >matching.driver >pricing.driver',
    },
    otherwise: '=driver',
  },
  'off duty': {
    message: { kind: 'driver.availability', replyTo, status: 'offline' },
    does: {
      offline: '=driver',
      idle: '*availability *announced =driver >matching.driver_gone >pricing.driver',
      holding: '*availability *released =driver >order.not_held >pricing.driver',
    },
    otherwise: '*availability =driver',
  },
  paused: {
    message: { kind: 'driver.availability', replyTo, status: 'paused' },
    does: { paused: '=driver', idle: '*availability *announced =driver >matching.driver_gone >pricing.driver' },
    otherwise: '*availability =driver',
  },
  read: { message: { kind: 'driver.read', replyTo }, does: {}, otherwise: '=driver' },
  'its phone connects': {
    message: { kind: 'driver.hello', replyTo },
    does: { holding: '~offer =driver', busy: '>order.ask_assignment =driver' },
    otherwise: '=driver',
  },
  'a fix nearby': {
    message: fix(PLACE),
    does: { stale: `*moved ${APPEARS}` },
    otherwise: '*moved',
  },
  'an offer': {
    message: offerOf(SECOND),
    does: { idle: '*held *announced >order.held ~offer >matching.driver_gone', holding: REFUSES_STILL_ASKED },
    otherwise: REFUSES,
  },
  'the same offer again': {
    message: offerOf(FIRST, { again: true }),
    does: {
      idle: '*held *announced >order.held ~offer >matching.driver_gone',
      stale: '*held >order.held ~offer',
      holding: '>order.held',
    },
    otherwise: REFUSES,
  },
  "a dispatcher's choice": {
    message: offerOf(SECOND, { mode: 'direct' }),
    does: {
      paused: '*held >order.held',
      idle: '*held *announced >order.held >matching.driver_gone',
      stale: '*held >order.held',
      holding: REFUSES_STILL_ASKED,
    },
    otherwise: REFUSES,
  },
  'an offer that is over when it comes': {
    message: offerOf(SECOND),
    atMs: ENDS_MS,
    does: { idle: '*announced >order.not_held >matching.driver >pricing.driver', holding: REFUSES_STILL_ASKED },
    otherwise: '*announced >order.not_held >matching.driver_gone >pricing.driver',
  },
  'taken back': {
    message: { kind: 'driver.revoke', offerId: FIRST.offerId, reason: 'expired' },
    does: { holding: '*released *announced ~offer_revoked >matching.driver >pricing.driver' },
    otherwise: '~offer_revoked',
  },
  'still open': {
    message: { kind: 'driver.offer_open', offerId: FIRST.offerId, expiresAtMs: ENDS_MS },
    does: { holding: '*hold_extended' },
    otherwise: '',
  },
  'the record is different': {
    message: { kind: 'driver.recheck', offerId: FIRST.offerId },
    does: {},
    otherwise: 'reload',
  },
  'the record is different, because of another offer': {
    message: { kind: 'driver.recheck', offerId: SECOND.offerId },
    does: { holding: '>order.not_held reload' },
    otherwise: 'reload',
  },
  'its offer has won': {
    message: confirmedOf(FIRST, 5),
    does: {
      idle: '*load_taken *announced ~assignment >matching.driver_gone >pricing.driver',
      holding: '*released *load_taken ~assignment >pricing.driver',
    },
    otherwise: '*load_taken ~assignment',
  },
  'what the record told already': {
    message: confirmedOf(FIRST, 4),
    does: { holding: '*released *announced >matching.driver >pricing.driver', busy: '~assignment' },
    otherwise: '',
  },
  'a gap': { message: confirmedOf(FIRST, 6), does: {}, otherwise: 'reload' },
  'an order is over': {
    message: { kind: 'driver.ended', ...FIRST, reason: 'cancelled', status: 'cancelled' },
    does: { busy: '*load_given_back *announced ~order_cancelled >matching.driver >pricing.driver' },
    otherwise: '',
  },
  'an earlier assignment of the same order is over': {
    message: { kind: 'driver.ended', ...FIRST, offerId: `${FIRST.offerId}9` as OfferId, reason: '', status: 'placed' },
    does: {},
    otherwise: '',
  },
  'still its order': {
    message: { kind: 'driver.still_assigned', ...FIRST, task: TASK, order: {} },
    does: { busy: '*task_known ~assignment' },
    otherwise: 'reload',
  },
  'a hold that has lapsed': {
    message: { kind: 'timer', name: 'hold' },
    atMs: LAPSES_MS,
    does: { holding: '*asked >order.ask_offer' },
    otherwise: '',
  },
  'a hold that has not': { message: { kind: 'timer', name: 'hold' }, does: {}, otherwise: '' },
  'time to ask': {
    message: { kind: 'timer', name: 'verify' },
    does: { busy: '>order.ask_assignment' },
    otherwise: '',
  },
  'not heard of for long': {
    message: { kind: 'timer', name: 'announce' },
    atMs: NOW_MS + SETTINGS.staleMs,
    does: { idle: LEAVES },
    otherwise: '',
  },
}

describe('every message in every state', () => {
  for (const [name, { message, atMs, does, otherwise }] of Object.entries(TABLE)) {
    test(name, () => {
      const done = Object.entries(DRIVERS).map(([state, of]) => [state, take(of, message, atMs).does])
      const expected = Object.keys(DRIVERS).map(state => [state, does[state as DriverName] ?? otherwise])
      expect(done).toEqual(expected)
    })
  }
})

test('a driver that nobody knows holds nothing and is not found', () => {
  expect(summary(decide(null, offerOf(FIRST), NOW_MS, SETTINGS))).toBe('>order.not_held')
  expect(summary(decide(null, { kind: 'driver.read', replyTo }, NOW_MS, SETTINGS))).toBe('=not_found')
  expect(summary(decide(null, confirmedOf(FIRST, 1), NOW_MS, SETTINGS))).toBe('')
})

test('a driver that was only seen is registered once', () => {
  const register: DriverMessage = {
    kind: 'driver.register',
    replyTo,
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
  const off = take(DRIVERS.holding, { kind: 'driver.availability', replyTo, status: 'offline' }).state
  expect(off).toMatchObject({ epoch: 4, hold: null })
})

test('whoever goes off duty in the middle of an offer looks at the record once it cannot be accepted any more', () => {
  const { state, turn } = take(DRIVERS.holding, { kind: 'driver.availability', replyTo, status: 'offline' })
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
  expect([revoked.does, revoked.state.hold]).toEqual(['~offer_revoked', hold])
  const open = take(DRIVERS.holding, { kind: 'driver.offer_open', offerId: SECOND.offerId, expiresAtMs: ENDS_MS + 9 })
  expect([open.does, open.state.hold]).toEqual(['', hold])
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
