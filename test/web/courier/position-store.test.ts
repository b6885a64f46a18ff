/** What the page says of positions that it was to remove. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { PositionStore } from '../../../src/web/courier/position-store.ts'
import { FakeDisk } from './fake-disk.ts'

let disk: FakeDisk
let putBack: () => void

beforeEach(() => {
  disk = new FakeDisk()
  putBack = disk.install()
})

afterEach(() => putBack())

test('what is removed is gone', async () => {
  await PositionStore.open(() => undefined)
  expect(await PositionStore.isGone()).toBe(false)
  expect(await PositionStore.forget()).toBe(true)
  expect(await PositionStore.isGone()).toBe(true)
})

test('looking whether anything is kept leaves nothing behind', async () => {
  expect(await PositionStore.isGone()).toBe(true)
  expect(disk.isMade).toBe(false)
})

test('a removal that failed is no removal', async () => {
  await PositionStore.open(() => undefined)
  disk.failure = 'UnknownError'
  expect(await PositionStore.forget()).toBe(false)
  expect(await PositionStore.isGone()).toBe(false)
})

test.each(['InvalidStateError', 'SecurityError'])(
  'where a private window keeps nothing (%s), nothing is left',
  async name => {
    disk.failure = name
    expect(await PositionStore.forget()).toBe(true)
    expect(await PositionStore.isGone()).toBe(true)
  },
)

test('nor where there is no such disk', async () => {
  putBack()
  expect(await PositionStore.forget()).toBe(true)
  expect(await PositionStore.isGone()).toBe(true)
})
