/** When a driver may be forgotten in memory: when the record has all that it would be made of again. */
import { expect, test } from 'bun:test'
import { DEFAULT_SETTINGS } from '../default-settings.ts'
import { actorKinds } from '../kinds.ts'
import { DRIVERS, driver, NOW_MS } from './driver.fixtures.ts'

const HOUR_MS = 3_600_000
const { driver: kind } = actorKinds(DEFAULT_SETTINGS)
const canRest = (state: unknown) => kind.canRest(state as never, NOW_MS + HOUR_MS)

test('one that has been quiet for long may rest', () => {
  expect([canRest(DRIVERS.offline), canRest(driver({ position: null }))]).toEqual([true, true])
})

test('not one that is known to its cells, holds an offer, or has worked what is not stored yet', () => {
  expect([canRest(DRIVERS.idle), canRest(DRIVERS.holding), canRest(driver({ workSinceMs: NOW_MS }))]).toEqual([
    false,
    false,
    false,
  ])
})
