/** What becomes of the duty of a courier whose phone another one takes over. */
import { expect, test } from 'bun:test'
import type { Outcome } from '../../../src/web/courier/core/events.ts'
import type { CourierState, ErrandWhat } from '../../../src/web/courier/core/state.ts'
import { type Former, takenOffDuty } from '../../../src/web/courier/former.ts'
import { Page } from './fixtures.ts'

const OFFLINE: ErrandWhat = { kind: 'duty', status: 'offline' }
const DONE: Outcome = { kind: 'done', body: {} }
const onDuty = () => new Page().tap({ kind: 'duty', status: 'available' }).answer('duty:available', DONE)

async function leave(state: CourierState | null, outcome: Outcome = DONE, parts: Partial<Former> = {}) {
  const said: ErrandWhat[] = []
  const ask = async (what: ErrandWhat) => {
    said.push(what)
    return outcome
  }
  return { isOff: await takenOffDuty({ state, working: null, ask, ...parts }), said }
}

test('who was on duty, as it is kept, is taken off it', async () => {
  expect(await leave(onDuty().state)).toEqual({ isOff: true, said: [OFFLINE] })
})

test('the page that is still open says it, since it knows what is on its way', async () => {
  let left = 0
  const goOffline = async () => ++left > 0
  const { isOff, said } = await leave(onDuty().state, DONE, { working: { goOffline } })
  expect([isOff, said, left]).toEqual([true, [], 1])
})

test('who was off duty here is left alone: they may work on another phone', async () => {
  const asked = { isOff: true, said: [] }
  expect(await leave(null)).toEqual(asked)
  expect(await leave(new Page().state)).toEqual(asked)
})

test('whose going offline has not been answered is not off duty yet', async () => {
  const page = onDuty()
  page.tap({ kind: 'duty', status: 'offline' })
  expect(page.state.duty.wanted).toBe('offline')
  expect((await leave(page.state)).said).toEqual([OFFLINE])
})

test.each([
  ['the token has ended', { kind: 'unauthorized' } as const],
  ['nobody answers', { kind: 'passing', retryAfterMs: null } as const],
])('where %s, that is known', async (_, outcome) => {
  const state = onDuty().state
  expect((await leave(state, outcome)).isOff).toBe(false)
  expect((await leave(state, DONE, { ask: null })).isOff).toBe(false)
})

test('the next one is told of it', () => {
  const page = onDuty()
  page.on({ kind: 'former_untold', driverId: 'drv_bob' })
  expect(page.state.notices).toMatchObject([{ tone: 'info', text: expect.stringContaining('drv_bob was on duty') }])
})
