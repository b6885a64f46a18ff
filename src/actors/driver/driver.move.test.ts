/** Positions that are written into the state as it lies: whoever looks afterwards sees what a turn would have left. */
import { describe, expect, test } from 'bun:test'
import { centreOf, disk } from '../../domain/h3.ts'
import { between } from '../../domain/places.fixtures.ts'
import { regionOf, shardOf } from '../../domain/region.ts'
import { DEFAULT_SETTINGS } from '../default-settings.ts'
import { actorKinds } from '../kinds.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { ANNOUNCE_EVERY_MS } from '../settings.ts'
import {
  ASKER,
  DRIVERS,
  type DriverName,
  driver,
  FAR,
  fix,
  HOME,
  HOME_SHARD,
  NOW_MS,
  PLACE,
  positionAt,
  TASK,
  take,
} from './driver.fixtures.ts'
import type { DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

const { driver: kind } = actorKinds({ ...DEFAULT_SETTINGS, ...SETTINGS })
const NEAR = { latitude: PLACE.latitude + 0.00002, longitude: PLACE.longitude }
const NEXT_BLOCK = { latitude: PLACE.latitude + 0.004, longitude: PLACE.longitude }

const STATES: Readonly<Record<DriverName | 'bare' | 'outside' | 'unsettled' | 'driving', DriverState>> = {
  ...DRIVERS,
  bare: driver({ availability: 'offline', position: null }),
  outside: driver({ isOutside: true }),
  unsettled: driver({ availability: 'offline', homeRegion: null }),
  driving: driver({ assignments: [{ orderId: 'o', offerId: 'f', size: 1, task: TASK } as never], homeRegion: HOME }),
}

const MESSAGES: Readonly<Record<string, DriverMessage>> = {
  near: fix(NEAR),
  'next block': fix(NEXT_BLOCK),
  far: fix(FAR),
  later: fix(NEAR, NOW_MS + ANNOUNCE_EVERY_MS),
  outside: { kind: 'driver.fix', position: positionAt(NEAR, NOW_MS), isOutside: true },
  old: { kind: 'driver.fix', position: { ...positionAt(NEAR, NOW_MS), recordedAtMs: NOW_MS - 10 * SETTINGS.staleMs } },
}

const absorb = (state: DriverState, message: DriverMessage, nowMs: number) =>
  kind.absorb?.(state, message as never, nowMs) === true

describe('a position that is absorbed', () => {
  for (const [name, before] of Object.entries(STATES)) {
    for (const [what, message] of Object.entries(MESSAGES)) {
      test(`${name}, ${what}: leaves what a turn leaves, and stands for none that says anything`, () => {
        const nowMs = message.kind === 'driver.fix' ? message.position.receivedAtMs : NOW_MS
        const state = structuredClone(before)
        const isAbsorbed = absorb(state, message, nowMs)
        const taken = take(before, message, nowMs)
        if (!isAbsorbed) {
          expect(take(state, message, nowMs)).toEqual(taken)
          return
        }
        expect(taken.turn.events.map(({ type }) => type)).toEqual(['moved'])
        expect([taken.turn.effects, taken.turn.writes]).toEqual([[], {}])
        expect({ ...state, isOutside: state.isOutside === true }).toEqual({
          ...taken.state,
          isOutside: taken.state.isOutside === true,
        })
      })
    }
  }

  test('is nearly every one of who stays where it is, on duty or not', () => {
    const absorbed = Object.entries(STATES).flatMap(([name, state]) =>
      absorb(structuredClone(state), fix(NEAR), NOW_MS) ? [name] : [],
    )
    expect(absorbed).toEqual(['offline', 'paused', 'idle', 'holding'])
  })

  test('is written where the last one was, and takes nothing of the fix but its fields', () => {
    const state = driver({ availability: 'offline' })
    const { position } = state
    const row = { ...positionAt(NEAR, NOW_MS + 1), driverId: 'drv_ann', late: false, clamped: false }
    expect(absorb(state, { kind: 'driver.fix', position: row }, NOW_MS + 1)).toBe(true)
    expect(state.position).toBe(position)
    expect(state.position).toEqual(positionAt(NEAR, NOW_MS + 1))
  })
})

test('one that was activated just across the border of its home counts as being at home, and is absorbed from then on', () => {
  const other = disk(HOME, 1).find(cell => shardOf(cell, SETTINGS.shards) !== HOME_SHARD) ?? HOME
  const across = between(centreOf(HOME), centreOf(other), 0.53)
  expect(regionOf(across)).toBe(other)
  const { state } = take(driver({ availability: 'offline', homeRegion: null }), fix(across))
  expect([state.homeRegion, state.homeShard]).toEqual([HOME, HOME_SHARD])
  expect(absorb(state, fix(across), NOW_MS)).toBe(true)
})

test('of several regions of its shard it counts as being in the nearest', () => {
  const shardIn = (cell: typeof HOME) => shardOf(cell, SETTINGS.shards)
  // The last one around, where the library names another one of its shard before it.
  const pairs = disk(HOME, 8).flatMap(across => {
    const others = disk(across, 1).filter(cell => shardIn(cell) !== shardIn(across))
    const home = others.at(-1)
    const isFirst = home === others.find(cell => home !== undefined && shardIn(cell) === shardIn(home))
    return home === undefined || isFirst ? [] : [{ across, home }]
  })
  const { across, home } = pairs[0] ?? { across: HOME, home: HOME }
  expect(across).not.toBe(home)
  const place = between(centreOf(home), centreOf(across), 0.53)
  expect(regionOf(place)).toBe(across)
  const before = driver({ availability: 'offline', homeRegion: null, homeShard: shardIn(home) })
  expect(take(before, fix(place)).state?.homeRegion).toBe(home)
})

test('what was told of a driver stays as it was when the next position is written', () => {
  const state = driver({ availability: 'offline' })
  const { turn } = take(state, { kind: 'driver.read', replyTo: ASKER })
  const told = structuredClone(turn.effects)
  expect(absorb(state, fix(NEAR), NOW_MS)).toBe(true)
  expect(turn.effects).toEqual(told)
})

test('a turn keeps a position of its own: who has sent it may have more in it, and keep it', () => {
  const position = { ...positionAt(FAR, NOW_MS), driverId: 'drv_ann' }
  const { state } = take(driver({ position: null }), { kind: 'driver.fix', position })
  expect(state.position).toEqual(positionAt(FAR, NOW_MS))
  expect(state.position).not.toBe(position)
})
