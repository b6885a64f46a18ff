/** Being online, being signed in, being the tab that works. */
import { expect, test } from 'bun:test'
import { needsOf } from '../../../src/web/courier/core/needs.ts'
import { reduce } from '../../../src/web/courier/core/reduce.ts'
import { restored, resumed } from '../../../src/web/courier/core/state.ts'
import { LOST, mine, offer, Page } from './fixtures.ts'

const unknownDriver = { kind: 'refused', status: 404, code: 'not_found', text: 'There is no such driver.' } as const

test('online is what the node has said, not what was tapped', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  expect(page.state.duty).toMatchObject({ wanted: 'available', confirmed: null })
  page.answer('duty:available', { kind: 'done', body: { status: 'available' } })
  expect(page.state.duty).toMatchObject({ confirmed: 'available', problem: null })
})

test('of taps that were not answered the last one counts', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' }).answer('duty:available', LOST)
  page.tap({ kind: 'duty', status: 'offline' })
  expect(page.asked().at(-1)).toEqual({ kind: 'duty', status: 'offline' })
  expect(page.state.errands).toHaveLength(1)
})

test('of two taps the second is asked when the first one is answered, which says nothing of the second', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  expect(page.asked()).toEqual([{ kind: 'duty', status: 'available' }])
  expect(page.tap({ kind: 'duty', status: 'offline' }).asked()).toEqual([])
  page.answer('duty:available', { kind: 'done', body: { status: 'available' } })
  expect(page.state.duty.wanted).toBe('offline')
  expect(page.asked()).toEqual([{ kind: 'duty', status: 'offline' }])
  page.answer('duty:offline', { kind: 'done', body: { status: 'offline' } })
  expect(page.state.duty).toMatchObject({ wanted: 'offline', confirmed: 'offline' })
  expect(page.state.errands).toEqual([])
})

test('what is not wanted any more is not asked again, however its answer fails, and its refusal is no problem', () => {
  for (const outcome of [LOST, unknownDriver, { kind: 'unauthorized' } as const]) {
    const page = new Page().online().tap({ kind: 'duty', status: 'available' }).tap({ kind: 'duty', status: 'paused' })
    page.asked()
    page.answer('duty:available', outcome)
    expect(page.state.errands.map(({ what }) => what)).toEqual([{ kind: 'duty', status: 'paused' }])
    expect(page.state.duty).toMatchObject({ wanted: 'paused', problem: null })
    expect(page.state.access).toBe(outcome.kind === 'unauthorized' ? 'refused' : 'good')
  }
})

test('there and back again: what is being asked is what is wanted', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' }).tap({ kind: 'duty', status: 'offline' })
  page.tap({ kind: 'duty', status: 'available' })
  expect(page.asked()).toHaveLength(1)
  page.answer('duty:available', { kind: 'done', body: { status: 'available' } })
  expect(page.state.errands).toEqual([])
  expect(page.state.duty).toMatchObject({ wanted: 'available', confirmed: 'available' })
})

test('a refusal is told in the words of the node, and nobody is thought to be online', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  page.answer('duty:available', {
    kind: 'refused',
    status: 403,
    code: 'forbidden',
    text: 'This needs the scope drivers:write.',
  })
  expect(page.state.duty).toMatchObject({ wanted: 'offline', problem: 'This needs the scope drivers:write.' })
})

test('a driver whom the node does not know yet is online with its first position', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  page.asked()
  page.answer('duty:available', unknownDriver)
  expect(page.asked()).toEqual([])
  page.on({ kind: 'position_stored' })
  expect(page.asked()).toEqual([{ kind: 'duty', status: 'available' }])
})

test('a driver whom the node never gets to know is told so in the end', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  for (let i = 0; i < 40 && page.state.duty.problem === null; i++)
    page.answer('duty:available', unknownDriver).after(2_500)
  expect(page.state.duty).toMatchObject({ wanted: 'offline', problem: 'There is no such driver.' })
})

test('a dispatcher who pauses the courier is noticed', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' })
  page.answer('duty:available', { kind: 'done', body: { status: 'available' } }).read([], { status: 'paused' })
  expect(page.state.duty).toMatchObject({ wanted: 'paused', problem: 'Your dispatcher has set you to paused.' })
})

test('a reading from before the tap does not take it back', () => {
  const page = new Page().online()
  const atTurn = page.state.turn
  page
    .tap({ kind: 'duty', status: 'available' })
    .answer('duty:available', { kind: 'done', body: { status: 'available' } })
  page.read([], { status: 'offline', atTurn })
  expect(page.state.duty.wanted).toBe('available')
})

test('a token that has ended: nothing is lost, nothing is asked, and all of it is said by whoever signs in again', () => {
  const page = new Page().online().hear({ type: 'assignment', order: mine() })
  page.tap({ kind: 'step', orderId: 'ord_1', step: 'en_route_to_pickup' })
  page.answer('step:ord_1:en_route_to_pickup', { kind: 'unauthorized' })
  expect(page.state.access).toBe('refused')
  expect(needsOf(page.state)).toMatchObject({ line: false, positions: 'job' })
  page.asked()
  expect(page.after(60_000).asked()).toEqual([])
  expect(page.jobs).toEqual(['ord_1 assigned'])
  expect(page.on({ kind: 'access', state: 'good' }).asked()).toHaveLength(1)
})

test('a tab that another one has taken over from neither sends, nor rings, nor asks', () => {
  const page = new Page().online().tap({ kind: 'duty', status: 'available' }).hear(offer())
  page.on({ kind: 'seat', state: 'elsewhere' })
  expect(needsOf(page.state)).toEqual({ line: false, positions: 'none', screenOn: false, ring: false })
  page.asked()
  expect(page.tap({ kind: 'duty', status: 'offline' }).asked()).toEqual([])
})

test('whoever works here again goes on where the other tab was, and what was told here stays until it was seen', () => {
  const own = new Page().on({ kind: 'former_untold', driverId: 'drv_bob' }).on({ kind: 'seat', state: 'elsewhere' })
  const other = new Page().online().hear({ type: 'assignment', order: mine() }).reopened()
  const page = new Page(resumed(own.state, other.state))
  expect(page.jobs).toEqual(['ord_1 assigned'])
  expect(page.told).toEqual([expect.stringContaining('drv_bob was on duty')])
  expect(page.state.turn).toBe(Math.max(own.state.turn, other.state.turn))
})

test('before the browser has said who works, nothing is sent, shown or asked', () => {
  const page = new Page().tap({ kind: 'duty', status: 'available' })
  const saved = restored(page.state)
  expect(needsOf(saved)).toEqual({ line: false, positions: 'none', screenOn: false, ring: false })
  expect(reduce(saved, { kind: 'tick' }, page.now).effects).toEqual([])
  expect(reduce(saved, { kind: 'seat', state: 'held' }, page.now).effects).toHaveLength(1)
})

test('everything is read after each connection, and now and then', () => {
  const page = new Page().online()
  const reads = () => page.effects.filter(({ kind }) => kind === 'read').length
  expect(reads()).toBe(1)
  page.read([]).after(30_000)
  expect(reads()).toBe(1)
  page.after(30_000).after(500)
  expect(reads()).toBe(2)
})

test('a node that is away is asked less and less often, and at once when the network is back', () => {
  const page = new Page().tap({ kind: 'duty', status: 'available' })
  page.asked()
  for (let i = 0; i < 6; i++) page.answer('duty:available', LOST).after(10_000)
  page.asked()
  page.answer('duty:available', LOST)
  expect(page.after(5_000).asked()).toEqual([])
  expect(page.on({ kind: 'online' }).asked()).toHaveLength(1)
})

test('a clock that was set back does not hold anything up', () => {
  const page = new Page().tap({ kind: 'duty', status: 'available' }).answer('duty:available', LOST)
  page.asked()
  expect(page.after(-3_600_000).asked()).toHaveLength(1)
})
