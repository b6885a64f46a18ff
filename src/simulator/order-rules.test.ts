import { expect, test } from 'bun:test'
import * as given from '../actors/order/order.fixtures.ts'
import type { OrderEvent } from '../actors/order/order.messages.ts'
import { OrderRules } from './order-rules.ts'

const { ANN, BOB, OFFER_ID, ORDER_ID } = given
const ANN_HERSELF = { role: 'driver', id: ANN } as const
const OFFERED = given.offeredEvent()

function after(...events: readonly OrderEvent[]): OrderRules {
  const rules = new OrderRules()
  for (const event of events) rules.onEvent(ORDER_ID, event)
  return rules
}

function accepted(...more: readonly OrderEvent[]): OrderRules {
  const rules = after(given.placedEvent(), OFFERED)
  rules.acceptSent(OFFER_ID, ANN)
  for (const event of [given.ASSIGNED_EVENT, ...more]) rules.onEvent(ORDER_ID, event)
  return rules
}

const steps = (['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const).map(given.statusEvent)
const cancelled: OrderEvent = { type: 'cancelled', atMs: given.NOW_MS, reason: 'no need', by: given.ADMIN }

test('an order goes its way, step by step', () => {
  expect(() => accepted(...steps)).not.toThrow()
})

test('no step is skipped, and nothing follows the end', () => {
  expect(() => accepted(...steps.slice(1))).toThrow('goes from assigned to at_pickup')
  expect(() => accepted(...steps, cancelled)).toThrow('cancelled of an order that is delivered')
  expect(() => after(given.placedEvent(), cancelled, OFFERED)).toThrow('offered of an order that is cancelled')
})

test('nobody is assigned who was not asked, or has not said yes', () => {
  expect(() => after(given.placedEvent(), OFFERED, given.ASSIGNED_EVENT)).toThrow('neither it nor a dispatcher said so')
  expect(() => after(given.placedEvent(), given.ASSIGNED_EVENT)).toThrow('(d)')

  const assigned = after(given.placedEvent(), OFFERED)
  assigned.acceptSent(OFFER_ID, BOB)
  expect(() => assigned.onEvent(ORDER_ID, given.ASSIGNED_EVENT)).toThrow('(d)')
  assigned.assignSent(ORDER_ID, ANN)
  expect(() => assigned.onEvent(ORDER_ID, given.ASSIGNED_EVENT)).not.toThrow()
})

test('whoever has refused is not offered the order again, but a dispatcher may insist', () => {
  const closed = { type: 'offer_closed', atMs: given.NOW_MS, offerId: OFFER_ID, driverId: ANN } as const
  const declined = after(given.placedEvent(), OFFERED, { ...closed, reason: 'declined', refused: false })
  expect(() => declined.onEvent(ORDER_ID, OFFERED)).toThrow('has refused it')
  expect(() => declined.onEvent(ORDER_ID, given.offeredEvent('direct'))).not.toThrow()

  const told = after(given.placedEvent(), OFFERED, { ...closed, reason: 'busy', refused: false })
  told.refusalAnswered(ORDER_ID, ANN)
  expect(() => told.onEvent(ORDER_ID, OFFERED)).toThrow('has refused it')
})

test('a driver moves its own order, a customer none', () => {
  const step = (by: OrderEvent & { type: 'status' }) => () => accepted(by)
  const moved = given.statusEvent('en_route_to_pickup') as OrderEvent & { type: 'status' }
  expect(step({ ...moved, by: ANN_HERSELF })).not.toThrow()
  expect(step({ ...moved, by: { role: 'driver', id: BOB } })).toThrow('moved by the driver')
  expect(step({ ...moved, by: { role: 'customer', id: 'cus_1' } })).toThrow('moved by the customer')
})
