/** Every message in every status. */
import { describe, expect, test } from 'bun:test'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import { summary } from '../turn.fixtures.ts'
import { ACCEPT, ANN_ASKS, asked, CANCEL_ASSIGNED, HELD, take } from './order.asked.fixtures.ts'
import * as given from './order.fixtures.ts'
import { ANN, BOB, NOW_MS, OFFER_ENDS_MS, OFFER_ID, ORDER_ENDS_MS, ORDERS, type OrderName } from './order.fixtures.ts'
import type { OrderMessage } from './order.messages.ts'

interface Row {
  readonly message: OrderMessage
  readonly atMs?: UnixMs
  readonly does: Partial<Record<OrderName, string>>
  /** In every other status. Whatever has no event changes nothing. */
  readonly otherwise: string
}

const CANCEL_OFFERED = '*cancelled =order >driver.revoke >matching.order_gone'
const UNASSIGN = '*unassigned !release =order >driver.ended >matching.order'
const ASSIGN_PLACED = '*offered *answer_awaited >driver.offer >matching.order_gone'
const ASSIGN_ANOTHER = '*offered *answer_awaited >driver.offer'
const WON = '*assigned !claim =order >driver.confirmed >matching.order_gone'

const TABLE: Readonly<Record<string, Row>> = {
  'a repeat of the placing': {
    message: { kind: 'order.place', ...asked, terms: given.terms(), key: null },
    does: {},
    otherwise: '=order',
  },
  'a cancellation': {
    message: { kind: 'order.cancel', ...asked, reason: 'no need' },
    does: {
      scheduled: '*cancelled =order',
      placed: '*cancelled =order >matching.order_gone',
      asked: CANCEL_OFFERED,
      held: CANCEL_OFFERED,
      delivered: '=invalid_transition',
      cancelled: '=order',
      expired: '=invalid_transition',
    },
    otherwise: CANCEL_ASSIGNED,
  },
  'on the way to the pickup': {
    message: { kind: 'order.status', ...asked, status: 'en_route_to_pickup' },
    does: { assigned: '*status =order', en_route_to_pickup: '=order' },
    otherwise: '=invalid_transition',
  },
  'at the pickup': {
    message: { kind: 'order.status', ...asked, status: 'at_pickup' },
    does: { en_route_to_pickup: '*status =order', at_pickup: '=order' },
    otherwise: '=invalid_transition',
  },
  'on the way to the drop-off': {
    message: { kind: 'order.status', ...asked, status: 'en_route_to_dropoff' },
    does: { at_pickup: '*status =order >driver.picked_up', en_route_to_dropoff: '=order' },
    otherwise: '=invalid_transition',
  },
  delivered: {
    message: { kind: 'order.status', ...asked, status: 'delivered' },
    does: { en_route_to_dropoff: '*status !release =order >driver.ended', delivered: '=order' },
    otherwise: '=invalid_transition',
  },
  'an accept': {
    message: ACCEPT,
    does: {
      scheduled: '=offer_closed',
      placed: '=offer_closed',
      asked: '*answer_awaited',
      held: WON,
      expired: '=offer_closed',
    },
    otherwise: '=order',
  },
  'an accept at the very instant of the expiry': {
    message: ACCEPT,
    atMs: OFFER_ENDS_MS,
    does: {
      scheduled: '=offer_closed',
      placed: '=offer_closed',
      asked: '*offer_closed =offer_closed >driver.revoke >matching.order',
      held: '*offer_closed =offer_closed >driver.revoke >matching.order',
      expired: '=offer_closed',
    },
    otherwise: '=order',
  },
  'a decline': {
    message: { kind: 'order.decline', ...asked, offerId: OFFER_ID, reason: null },
    does: {
      asked: '*offer_closed =order >driver.revoke >matching.order',
      held: '*offer_closed =order >driver.revoke >matching.order',
    },
    otherwise: '=offer_closed',
  },
  'the assignment of another driver': {
    message: { kind: 'order.assign', ...asked, driverId: BOB, driverShard: 0 as ShardId },
    does: {
      scheduled: '*offered *answer_awaited >driver.offer',
      placed: ASSIGN_PLACED,
      asked: ASSIGN_PLACED,
      held: ASSIGN_PLACED,
      assigned: ASSIGN_ANOTHER,
      en_route_to_pickup: ASSIGN_ANOTHER,
      at_pickup: ASSIGN_ANOTHER,
    },
    otherwise: '=invalid_transition',
  },
  'the assignment of the driver that is asked, or has it': {
    message: { kind: 'order.assign', ...asked, driverId: ANN, driverShard: 0 as ShardId },
    does: {
      scheduled: '*offered *answer_awaited >driver.offer',
      placed: ASSIGN_PLACED,
      asked: '*answer_awaited',
      held: WON.replace('!claim', '!claim !decision'),
      assigned: '=order',
      en_route_to_pickup: '=order',
      at_pickup: '=order',
    },
    otherwise: '=invalid_transition',
  },
  'the assignment of the driver whose offer has just run out': {
    message: { kind: 'order.assign', ...asked, driverId: ANN, driverShard: 0 as ShardId },
    atMs: OFFER_ENDS_MS,
    does: {
      scheduled: '*offered *answer_awaited >driver.offer',
      placed: ASSIGN_PLACED,
      asked: '*offer_closed *offered *answer_awaited >driver.revoke >driver.offer >matching.order_gone',
      held: '*offer_closed *offered *answer_awaited >driver.revoke >driver.offer >matching.order_gone',
      assigned: '=order',
      en_route_to_pickup: '=order',
      at_pickup: '=order',
    },
    otherwise: '=invalid_transition',
  },
  'taken from its driver': {
    message: { kind: 'order.unassign', ...asked, reason: 'flat tyre' },
    does: { assigned: UNASSIGN, en_route_to_pickup: UNASSIGN, at_pickup: UNASSIGN },
    otherwise: '=invalid_transition',
  },
  'a proposal': {
    message: {
      kind: 'order.proposal',
      drivers: [{ driverId: BOB, driverShard: 0 as ShardId, pickupEtaS: 5 }],
      decision: {},
    },
    does: { placed: '*offered !decision >driver.offer >matching.order_gone' },
    otherwise: '',
  },
  'a proposal of nobody': {
    message: { kind: 'order.proposal', drivers: [], decision: {} },
    does: { placed: '!decision' },
    otherwise: '',
  },
  'a promise': {
    message: HELD,
    does: {
      scheduled: 'reload',
      placed: 'reload',
      asked: '*held',
      held: '*held',
      delivered: '>driver.revoke',
      cancelled: '>driver.revoke',
      expired: 'reload',
    },
    otherwise: '>driver.recheck',
  },
  'no promise': {
    message: { kind: 'order.not_held', offerId: OFFER_ID, reason: 'busy', rings: false },
    does: { asked: '*offer_closed >matching.order', held: '*offer_closed >matching.order' },
    otherwise: '',
  },
  'a driver in doubt about its offer': {
    message: { kind: 'order.ask_offer', ...ANN_ASKS },
    does: {
      scheduled: 'reload',
      placed: 'reload',
      asked: '>driver.offer_open',
      held: '>driver.offer_open',
      delivered: '>driver.revoke',
      cancelled: '>driver.revoke',
      expired: 'reload',
    },
    otherwise: '>driver.recheck',
  },
  'a driver in doubt about its assignment': {
    message: { kind: 'order.ask_assignment', ...ANN_ASKS },
    does: {
      assigned: '>driver.still_assigned',
      en_route_to_pickup: '>driver.still_assigned',
      at_pickup: '>driver.still_assigned',
      en_route_to_dropoff: '>driver.still_assigned',
    },
    otherwise: '>driver.ended',
  },
  'due, once more': {
    message: { kind: 'order.due' },
    atMs: NOW_MS + 1_000,
    does: { scheduled: '*due >matching.order' },
    otherwise: '',
  },
  'due, too early': { message: { kind: 'order.due' }, does: {}, otherwise: '' },
  'the end of an offer': {
    message: { kind: 'timer', name: `offer:${OFFER_ID}` },
    atMs: OFFER_ENDS_MS,
    does: {
      asked: '*offer_closed >driver.revoke >matching.order',
      held: '*offer_closed >driver.revoke >matching.order',
    },
    otherwise: '',
  },
  'the end of an offer, too early': { message: { kind: 'timer', name: `offer:${OFFER_ID}` }, does: {}, otherwise: '' },
  'no promise in time': {
    message: { kind: 'timer', name: `hold:${OFFER_ID}` },
    does: { asked: '>driver.offer' },
    otherwise: '',
  },
  'time to tell the cell again': {
    message: { kind: 'timer', name: 'announce' },
    does: { placed: '>matching.order' },
    otherwise: '',
  },
  'no driver in time': {
    message: { kind: 'timer', name: 'expire' },
    atMs: ORDER_ENDS_MS,
    does: {
      placed: '*expired >matching.order_gone',
      asked: '*expired >driver.revoke >matching.order_gone',
      held: '*expired >driver.revoke >matching.order_gone',
    },
    otherwise: '',
  },
  'a refused accept': {
    message: { kind: 'write_refused', reason: 'claim_refused', message: ACCEPT },
    does: {
      asked: '*offer_closed =offer_closed >driver.revoke >matching.order >driver.recheck',
      held: '*offer_closed =offer_closed >driver.revoke >matching.order >driver.recheck',
    },
    otherwise: '=offer_closed',
  },
  'a refused assignment': {
    message: {
      kind: 'write_refused',
      reason: 'claim_refused',
      message: { kind: 'order.assign', ...asked, driverId: ANN, driverShard: 0 as ShardId },
    },
    does: {
      asked: '*offer_closed =driver_unavailable >driver.revoke >matching.order >driver.recheck',
      held: '*offer_closed =driver_unavailable >driver.revoke >matching.order >driver.recheck',
    },
    otherwise: '=driver_unavailable',
  },
}

describe('every message in every status', () => {
  for (const [name, { message, atMs, does, otherwise }] of Object.entries(TABLE)) {
    test(name, () => {
      const done = Object.entries(ORDERS).map(([status, state]) => [status, summary(take(state, message, atMs))])
      const expected = Object.keys(ORDERS).map(status => [status, does[status as OrderName] ?? otherwise])
      expect(done).toEqual(expected)
    })
  }
})
