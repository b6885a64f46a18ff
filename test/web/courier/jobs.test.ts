/** Races of an order that is under way. */
import { expect, test } from 'bun:test'
import type { Outcome } from '../../../src/web/courier/core/events.ts'
import { needsOf } from '../../../src/web/courier/core/needs.ts'
import type { Step } from '../../../src/web/courier/core/order.ts'
import { statusAhead } from '../../../src/web/courier/core/reduce.ts'
import { LOST, mine, order, Page } from './fixtures.ts'

const driving = (status = 'assigned') => new Page().online().hear({ type: 'assignment', order: mine({ status }) })
const step = (page: Page, to: Step) => page.tap({ kind: 'step', orderId: 'ord_1', step: to })
const refusal = (code: string, more: object = {}): Outcome => ({
  kind: 'refused',
  status: 409,
  code,
  text: `no: ${code}`,
  ...more,
})

test('a step counts when the node has answered it', () => {
  const page = step(driving(), 'en_route_to_pickup')
  expect(page.jobs).toEqual(['ord_1 assigned'])
  page.answer('step:ord_1:en_route_to_pickup', {
    kind: 'done',
    body: mine({ status: 'en_route_to_pickup', version: 5 }),
  })
  expect(page.jobs).toEqual(['ord_1 en_route_to_pickup'])
})

test('steps that were tapped without a network are said one after the other, none skipped', () => {
  const page = step(driving().cut(), 'en_route_to_pickup').answer('step:ord_1:en_route_to_pickup', LOST)
  step(page, 'at_pickup')
  expect(statusAhead(page.state, 'ord_1')).toBe('at_pickup')
  page.asked()
  expect(page.online().asked()).toEqual([{ kind: 'step', orderId: 'ord_1', step: 'en_route_to_pickup' }])
  page.answer('step:ord_1:en_route_to_pickup', {
    kind: 'done',
    body: mine({ status: 'en_route_to_pickup', version: 5 }),
  })
  expect(page.asked()).toEqual([{ kind: 'step', orderId: 'ord_1', step: 'at_pickup' }])
})

test('a second tap on the button of a step is not the step after it', () => {
  const page = step(step(driving(), 'en_route_to_pickup'), 'en_route_to_pickup')
  expect(page.asked()).toHaveLength(1)
  expect(step(page, 'delivered').state.errands).toHaveLength(1)
})

test('a step whose answer was lost turns out to be done', () => {
  const page = step(driving(), 'en_route_to_pickup')
  page.answer('step:ord_1:en_route_to_pickup', refusal('invalid_transition', { orderStatus: 'at_pickup' }))
  expect(page.told).toEqual([])
  expect(page.effects).toContainEqual({ kind: 'read', atTurn: page.state.turn })
})

test('a step that the node refuses takes the steps behind it along, and says why', () => {
  const page = step(step(driving(), 'en_route_to_pickup'), 'at_pickup')
  page.answer('step:ord_1:en_route_to_pickup', refusal('invalid_transition', { orderStatus: 'assigned' }))
  expect(page.state.errands).toEqual([])
  expect(page.told).toEqual(['no: invalid_transition'])
})

test('cancelled by the customer while driving: gone at once, with the reason, and with what was still to be said', () => {
  const page = step(driving('en_route_to_pickup'), 'at_pickup')
  page.hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'not hungry any more' })
  expect(page.jobs).toEqual([])
  expect(page.state.errands).toEqual([])
  expect(page.told[0]).toContain('Castro 7')
  expect(page.told[0]).toContain('not hungry any more')
  expect(page.effects).toContainEqual({ kind: 'buzz', tone: 'bad' })
  page.answer('step:ord_1:at_pickup', refusal('not_found'))
  expect(page.told).toHaveLength(1)
})

test('what is told late of an order that is over does not bring it back', () => {
  const page = driving().hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'x' })
  page.hear({ type: 'assignment', order: mine() })
  expect(page.jobs).toEqual([])
  page.hear({ type: 'assignment', order: mine({ version: 9 }) })
  expect(page.jobs).toEqual(['ord_1 assigned'])
})

test('an older version than is known changes nothing', () => {
  const page = driving('at_pickup').hear({ type: 'assignment', order: mine({ status: 'assigned', version: 3 }) })
  expect(page.jobs).toEqual(['ord_1 at_pickup'])
})

test('reconnected in the middle of an order, after a restart of the node: all of it is there again', () => {
  const page = driving('at_pickup').cut().on({ kind: 'link', state: 'connecting' }).online()
  expect(page.effects.at(-1)).toEqual({ kind: 'read', atTurn: page.state.turn })
  page.read([mine({ status: 'at_pickup' })])
  expect(page.jobs).toEqual(['ord_1 at_pickup'])
})

test('an order that was taken away during a break is found out by reading', () => {
  const page = driving().cut().online().read([])
  expect(page.jobs).toEqual([])
  expect(page.told[0]).toContain('no longer yours')
})

test('an order that came while it was being read stays', () => {
  const page = new Page().online()
  const atTurn = page.state.turn
  page.hear({ type: 'assignment', order: mine() }).read([], { atTurn })
  expect(page.jobs).toEqual(['ord_1 assigned'])
})

test('an order that was delivered while it was being read does not come back', () => {
  const page = step(driving('en_route_to_dropoff'), 'delivered')
  const atTurn = page.state.turn
  page.answer('step:ord_1:delivered', { kind: 'done', body: mine({ status: 'delivered', version: 8 }) })
  page.read([mine({ status: 'en_route_to_dropoff', version: 7 })], { atTurn })
  expect(page.jobs).toEqual([])
  expect(page.state.toRate).toEqual({ orderId: 'ord_1', customerId: 'cus_1' })
})

test('an order that is delivered, but not answered yet, is not missed when it is read', () => {
  const page = step(driving('en_route_to_dropoff'), 'delivered').online().read([])
  expect(page.jobs).toEqual(['ord_1 en_route_to_dropoff'])
  expect(page.told).toEqual([])
})

test('a wrong PIN comes back to the door, and the next one is asked', () => {
  const page = driving('en_route_to_dropoff')
  page.tap({ kind: 'step', orderId: 'ord_1', step: 'delivered', proof: { pin: '0000' } })
  page.answer('step:ord_1:delivered', refusal('pin_wrong'))
  expect(page.state.jobs[0]?.proofProblem).toEqual({ code: 'pin_wrong', text: 'no: pin_wrong' })
  page.asked()
  page.tap({ kind: 'step', orderId: 'ord_1', step: 'delivered', proof: { pin: '1234' } })
  expect(page.asked()).toEqual([{ kind: 'step', orderId: 'ord_1', step: 'delivered', proof: { pin: '1234' } }])
  expect(page.state.jobs[0]?.proofProblem).toBeNull()
})

test('a no-show that comes too early says until when to wait', () => {
  const page = driving('at_pickup').tap({ kind: 'no_show', orderId: 'ord_1' })
  page.answer('no_show:ord_1', refusal('too_early', { allowedAt: '2026-01-02T12:10:00Z' }))
  expect(page.state.jobs[0]?.noShowFrom).toBe('2026-01-02T12:10:00Z')
})

test('what the courier gives back is no bad news, whichever word of it comes first', () => {
  const give = () => driving().tap({ kind: 'give_back', orderId: 'ord_1', reason: 'flat tyre' })
  const told = give().hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'flat tyre' })
  told.answer('give_back:ord_1', { kind: 'done', body: order({ version: 5 }) })
  const answered = give().answer('give_back:ord_1', { kind: 'done', body: order({ version: 5 }) })
  answered.hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'flat tyre' })
  const repeated = give().answer('give_back:ord_1', LOST).after(1_000).answer('give_back:ord_1', refusal('not_found'))
  for (const page of [told, answered, repeated]) {
    expect(page.jobs).toEqual([])
    expect(page.told).toEqual([])
    expect(page.state.errands).toEqual([])
  }
})

test('after the pickup an order is not given back', () => {
  const page = driving('en_route_to_dropoff').tap({ kind: 'give_back', orderId: 'ord_1', reason: 'x' })
  expect(page.asked()).toEqual([])
})

test('several orders: what has gone farthest first, then what is due first; another one may be put first', () => {
  const at = (pickup_at: string) => ({ pickup_at, dropoff_at: null })
  const page = new Page().online()
  page.hear({ type: 'assignment', order: mine({ order_id: 'ord_b', eta: at('2026-01-02T12:20:00Z') }) })
  page.hear({ type: 'assignment', order: mine({ order_id: 'ord_a', eta: at('2026-01-02T12:10:00Z') }) })
  page.hear({ type: 'assignment', order: mine({ order_id: 'ord_c', status: 'en_route_to_dropoff' }) })
  expect(page.jobs).toEqual(['ord_c en_route_to_dropoff', 'ord_a assigned', 'ord_b assigned'])
})

test('a restarted phone without a network shows its orders, and says what was not answered', () => {
  const page = step(driving('en_route_to_pickup'), 'at_pickup').reopened()
  expect(page.jobs).toEqual(['ord_1 en_route_to_pickup'])
  expect(page.after(10).asked()).toEqual([{ kind: 'step', orderId: 'ord_1', step: 'at_pickup' }])
})

test('a rating is sent once, and one that is there already is no trouble', () => {
  const page = step(driving('en_route_to_dropoff'), 'delivered')
  page.answer('step:ord_1:delivered', { kind: 'done', body: mine({ status: 'delivered', version: 8 }) })
  page.asked()
  page.tap({ kind: 'rate', stars: 5, comment: null }).tap({ kind: 'rate', stars: 4, comment: null })
  expect(page.asked()).toEqual([{ kind: 'rate', orderId: 'ord_1', stars: 5, comment: null }])
  page.answer('rate:ord_1', refusal('already_exists'))
  expect(page.told).toEqual([])
})

test('positions are wanted on duty and with an order, also after going offline in the middle of one', () => {
  const page = driving().tap({ kind: 'duty', status: 'offline' })
  expect(needsOf(page.state).positions).toBe('job')
  page.hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'x' })
  expect(needsOf(page.state).positions).toBe('none')
})
