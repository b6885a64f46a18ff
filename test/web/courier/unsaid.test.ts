/** What a link may do to whoever is signed in. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { keepWork } from '../../../src/web/courier/keep.ts'
import { readSettings } from '../../../src/web/courier/node-settings.ts'
import { PositionStore } from '../../../src/web/courier/position-store.ts'
import { unsaidOf } from '../../../src/web/courier/unsaid.ts'
import { FakeDisk } from './fake-disk.ts'
import { ME, mine, Page } from './fixtures.ts'

let putBack: () => void
const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')

beforeEach(() => {
  putBack = new FakeDisk().install()
  const items = new Map<string, string>()
  const value = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
  }
  Object.defineProperty(globalThis, 'localStorage', { value, configurable: true })
})

afterEach(() => {
  putBack()
  if (before === undefined) Reflect.deleteProperty(globalThis, 'localStorage')
  else Object.defineProperty(globalThis, 'localStorage', before)
})

test('where nothing is open and nothing waits, nothing would be lost', async () => {
  keepWork(new Page().online().state)
  expect(await unsaidOf(ME, null)).toBeNull()
})

test('an order, a step and a position that are kept, also before this page has begun to work', async () => {
  const page = new Page().online().hear({ type: 'assignment', order: mine() })
  page.tap({ kind: 'step', orderId: 'ord_1', step: 'en_route_to_pickup' })
  keepWork(page.state)
  const store = await PositionStore.open(() => undefined)
  await store.put({ id: 7, point: { latitude: 0, longitude: 0, recorded_at: '2026-01-02T12:00:00Z' } })
  expect(await unsaidOf(ME, null)).toEqual({ positions: 1, steps: 1, jobs: 1 })
  expect(await unsaidOf('drv_bob', null)).toEqual({ positions: 1, steps: 0, jobs: 0 })
})

test('where the browser keeps nothing, what the page at work has counts', async () => {
  putBack()
  const { state } = new Page().online().hear({ type: 'assignment', order: mine() })
  expect(await unsaidOf(ME, { state, waiting: 3 })).toEqual({ positions: 3, steps: 0, jobs: 1 })
})

test('only a node that has made-up streets is a demo', async () => {
  const said = (status: number, body: object) =>
    readSettings({ ask: async () => ({ kind: 'answer', status, body: { ...body }, retryAfterMs: null }) })
  expect(await said(200, { stale_s: 60, streets: null })).toEqual({ staleMs: 60_000, isDemo: false })
  expect(await said(200, { stale_s: 60, streets: { type: 'FeatureCollection' } })).toMatchObject({ isDemo: true })
  expect(await said(200, {})).toEqual({ staleMs: null, isDemo: false })
  expect(await said(401, { streets: {} })).toBeNull()
  expect(await readSettings({ ask: async () => ({ kind: 'silence' }) })).toBeNull()
})
