import { expect, test } from 'bun:test'
import { judgeAck, judgeOffer, judgeOfferLife, judgeTold } from './judge.ts'
import type { OfferFacts } from './offer-book.ts'
import { type JournalEvent, replay } from './replay.ts'

const EXPIRES = 10_000
const OFFERS = [
  { offerId: 'off_a', driverId: 'drv_a', expiresAtMs: EXPIRES },
  { offerId: 'off_b', driverId: 'drv_b', expiresAtMs: EXPIRES },
]

type Told = Partial<Omit<JournalEvent, 'version' | 'type'>>

/** Events of one order, a second after each other. */
function life(...events: readonly (readonly [type: string, what?: Told])[]) {
  const blank = { status: null, driverId: null, offerId: null, reason: null, refused: null, offers: null }
  return replay(events.map(([type, what], i) => ({ ...blank, version: i + 1, type, atMs: (i + 1) * 1_000, ...what })))
}

const OFFERED = [['placed'], ['offered', { offers: OFFERS }]] as const
const WON_BY_A = ['assigned', { offerId: 'off_a', driverId: 'drv_a' }] as const

function facts(what: Partial<OfferFacts>): OfferFacts {
  const blank = { acceptSentAtMs: null, isDeclineSent: false, wonAtMs: null, closedAtMs: null, closedAs: null }
  return { offerId: 'off_a', orderId: 'ord_1', driverId: 'drv_a', expiresAtMs: EXPIRES, ...blank, ...what }
}

function told(version: number, status: string, driverId: string | null) {
  return { orderId: 'ord_1', version, status, driverId }
}

test('the life of an order is folded event by event', () => {
  const { states, offers } = life(
    ...OFFERED,
    WON_BY_A,
    ['status', { status: 'en_route_to_pickup', driverId: 'drv_a' }],
    ['unassigned', { driverId: 'drv_a' }],
    ['cancelled', { reason: 'enough' }],
  )
  expect(states.map(state => `${state.status} ${state.driverId}`)).toEqual([
    'placed null',
    'placed null',
    'assigned drv_a',
    'en_route_to_pickup drv_a',
    'placed null',
    'cancelled null',
  ])
  expect(offers.get('off_a')).toMatchObject({ assignedAtMs: 3_000, endedAtMs: 5_000, closedAtMs: null })
})

test('what was told must be what the journal had at that version', () => {
  const journal = life(...OFFERED, WON_BY_A)
  expect(judgeTold(told(2, 'placed', null), journal)).toBeNull()
  expect(judgeTold(told(3, 'assigned', 'drv_a'), journal)).toBeNull()
  expect(judgeTold(told(4, 'cancelled', 'drv_a'), journal)?.kind).toBe('lost')
  expect(judgeTold(told(3, 'cancelled', 'drv_a'), journal)?.kind).toBe('lost')
  expect(judgeTold(told(3, 'assigned', 'drv_b'), journal)?.kind).toBe('double_assigned')
})

test('an acknowledgement without its event is lost', () => {
  const journal = life(
    ...OFFERED,
    ['offer_closed', { offerId: 'off_b', refused: true }],
    WON_BY_A,
    ['status', { status: 'en_route_to_pickup', driverId: 'drv_a' }],
    ['unassigned', { driverId: 'drv_a', reason: 'flat tyre' }],
    ['cancelled', { reason: 'enough' }],
  )
  const ack = { orderId: 'ord_1', driverId: 'drv_a', offerId: 'off_a' }
  const found = [
    { kind: 'accept', ...ack },
    { kind: 'decline', ...ack, offerId: 'off_b' },
    { kind: 'step', ...ack, status: 'en_route_to_pickup' },
    { kind: 'assign', ...ack },
    { kind: 'unassign', ...ack, reason: 'flat tyre' },
    { kind: 'cancel', ...ack, reason: 'enough' },
    { kind: 'taken_back', ...ack },
  ] as const
  const lost = [
    { kind: 'accept', ...ack, driverId: 'drv_b' },
    { kind: 'decline', ...ack },
    { kind: 'step', ...ack, status: 'at_pickup' },
    { kind: 'assign', ...ack, driverId: 'drv_b' },
    { kind: 'unassign', ...ack, reason: 'another' },
    { kind: 'cancel', ...ack, reason: 'another' },
    { kind: 'taken_back', ...ack, driverId: 'drv_b' },
  ] as const
  expect(found.map(each => judgeAck(each, journal))).toEqual(found.map(() => null))
  expect(lost.map(each => judgeAck(each, journal)?.kind)).toEqual(lost.map(() => 'lost'))
})

test('an offer is won in time, by a driver who said yes', () => {
  const won = life(...OFFERED, WON_BY_A)
  const kinds = (what: Partial<OfferFacts>, journal = won) =>
    judgeOffer(facts(what), journal, false).map(found => found.kind)
  expect(kinds({ acceptSentAtMs: 2_500, wonAtMs: 3_001 })).toEqual([])
  // A repeat of an accept that came in time.
  expect(kinds({ acceptSentAtMs: 2_500, wonAtMs: EXPIRES + 5_000 })).toEqual([])
  expect(kinds({ acceptSentAtMs: EXPIRES + 400, wonAtMs: EXPIRES + 500 })).toEqual(['revoked_accepted'])
  expect(kinds({})).toEqual(['journal_violations'])
  expect(judgeOffer(facts({}), won, true)).toEqual([])
  expect(kinds({}, life(['placed']))).toEqual(['lost'])
})

test('a driver who is told that an offer is over does not have it', () => {
  const won = life(...OFFERED, WON_BY_A)
  const ended = life(...OFFERED, WON_BY_A, ['cancelled', { reason: 'enough' }])
  const closed = { acceptSentAtMs: 2_500, closedAs: 'offer_closed' } as const
  const kinds = (closedAtMs: number, journal: typeof won) =>
    judgeOffer(facts({ ...closed, closedAtMs }), journal, false).map(found => found.kind)
  expect(kinds(2_900, won)).toEqual(['revoked_accepted'])
  expect(kinds(9_000, won)).toEqual(['revoked_accepted'])
  expect(kinds(3_500, ended)).toEqual(['revoked_accepted'])
  // It had won, and the order was cancelled since.
  expect(kinds(4_001, ended)).toEqual([])
  expect(kinds(4_001, life(...OFFERED, ['cancelled', { reason: 'enough' }]))).toEqual([])
  // Its refusal came after its own accept.
  expect(judgeOffer(facts({ ...closed, closedAtMs: 3_500, isDeclineSent: true }), won, false)).toEqual([])
})

test('no offer is closed and assigned, or assigned after its time', () => {
  const judged = (journal: ReturnType<typeof life>) =>
    [...journal.offers.values()].map(offer => judgeOfferLife('ord_1', offer)?.kind ?? null)
  expect(judged(life(...OFFERED, WON_BY_A))).toEqual([null, null])
  expect(judged(life(...OFFERED, ['offer_closed', { offerId: 'off_a' }], WON_BY_A))).toEqual(['revoked_accepted', null])
  const late = ['assigned', { offerId: 'off_b', driverId: 'drv_b', atMs: EXPIRES }] as const
  expect(judged(life(...OFFERED, late))).toEqual([null, 'revoked_accepted'])
})
