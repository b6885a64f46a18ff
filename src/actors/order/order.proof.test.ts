import { describe, expect, test } from 'bun:test'
import { PIN_TRIES_MAX, type ProofClaim, type ProofKind } from '../../domain/delivery-proof.ts'
import { repliesOf, summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import {
  ADMIN,
  ANN_HERSELF,
  ASKER,
  ASSIGNED_EVENT,
  NOW_MS,
  orderAfter,
  placedEvent,
  SETTINGS,
  statusEvent,
  terms,
} from './order.fixtures.ts'
import type { Actor, OrderState } from './order.state.ts'
import { decide } from './order.ts'

const PHOTO = { ref: 'https://pictures.example/1', sha256: 'a'.repeat(64) }
const NOTHING_CLAIMED: ProofClaim = { pin: null, photo: null, signature: null, waivedBecause: null }
const DELIVERED = '*status !release =order >driver.ended'

function atTheDoor(...required: ProofKind[]): OrderState {
  const proof = { required, ...(required.includes('pin') ? { pin: '0417' } : {}) }
  const steps = (['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff'] as const).map(statusEvent)
  return orderAfter(placedEvent({ terms: terms({ proof }) }), ASSIGNED_EVENT, ...steps)
}

function deliver(state: OrderState, claim: Partial<ProofClaim> | null, by: Actor = ANN_HERSELF) {
  const proof = claim === null ? {} : { proof: { ...NOTHING_CLAIMED, ...claim } }
  return decide(state, { kind: 'order.status', status: 'delivered', by, replyTo: ASKER, ...proof }, NOW_MS, SETTINGS)
}

const after = (state: OrderState, claim: Partial<ProofClaim>) =>
  deliver(state, claim).events.reduce<OrderState>(evolve, state)

test('what is required and missing is named, and nothing is changed', () => {
  const state = atTheDoor('pin', 'photo')
  expect(repliesOf(deliver(state, null))).toEqual([{ kind: 'proof_required', missing: ['pin', 'photo'] }])
  // A PIN is not tried while something else is missing.
  expect(repliesOf(deliver(state, { pin: '9999' }))).toEqual([{ kind: 'proof_required', missing: ['photo'] }])
  expect(deliver(state, { pin: '9999' }).events).toEqual([])
})

test('with it the order is delivered, and the record has what it was without the PIN', () => {
  const delivered = deliver(atTheDoor('pin', 'photo'), { pin: '0417', photo: PHOTO })
  expect(summary(delivered)).toBe(DELIVERED)
  const proof = { pin: true, photo: PHOTO, signature: null, waivedBecause: null }
  expect(delivered.events).toMatchObject([{ type: 'status', proof }])
  expect(JSON.stringify(delivered.events)).not.toContain('0417')
  expect(after(atTheDoor('photo'), { photo: PHOTO }).proof).toEqual({ ...proof, pin: false })
})

describe('a wrong PIN', () => {
  test('is counted before it is answered, and after too many no PIN opens the door', () => {
    let state = atTheDoor('pin')
    for (let left = PIN_TRIES_MAX - 1; left >= 0; left--) {
      expect(repliesOf(deliver(state, { pin: '0418' }))).toEqual([{ kind: 'pin_wrong', triesLeft: left }])
      state = after(state, { pin: '0418' })
    }
    expect(state).toMatchObject({ status: 'en_route_to_dropoff', pinsRefused: PIN_TRIES_MAX })
    for (const pin of ['0418', '0417']) expect(repliesOf(deliver(state, { pin }))).toEqual([{ kind: 'pin_locked' }])
    expect(summary(deliver(state, { waivedBecause: 'rang up' }, ADMIN))).toBe(DELIVERED)
  })

  test('of the right length or not is wrong', () => {
    for (const pin of ['', '4', '041', '04170', '1417']) {
      expect(summary(deliver(atTheDoor('pin'), { pin }))).toBe('*pin_refused =pin_wrong')
    }
  })
})

test('a dispatcher delivers without, and says why; a driver’s word for it does not count', () => {
  const waived = deliver(atTheDoor('pin', 'signature'), { waivedBecause: 'left with the neighbour' }, ADMIN)
  expect(summary(waived)).toBe(DELIVERED)
  expect(waived.events).toMatchObject([{ proof: { pin: false, waivedBecause: 'left with the neighbour' } }])
  expect(summary(deliver(atTheDoor('pin'), { waivedBecause: 'trust me' }))).toBe('=proof_required')
  expect(summary(deliver(atTheDoor('pin'), null, ADMIN))).toBe('=proof_required')
})

test('an order that asks for nothing is delivered as ever, and keeps what is handed in', () => {
  const state = orderAfter(
    placedEvent(),
    ASSIGNED_EVENT,
    ...(['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff'] as const).map(statusEvent),
  )
  expect(summary(deliver(state, null))).toBe(DELIVERED)
  expect(after(state, { photo: PHOTO, pin: '1' }).proof).toMatchObject({ photo: PHOTO, pin: false })
  expect(after(state, {}).pinsRefused).toBeUndefined()
})

test('a repeat after the delivery needs no proof', () => {
  const delivered = after(atTheDoor('pin'), { pin: '0417' })
  expect(summary(deliver(delivered, null))).toBe('=order')
})
