/** Every message to a driver in every state that it may be in, each with all that follows. */
import { describe, expect, test } from 'bun:test'
import type { OfferId, UnixMs } from '../../domain/ids.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import {
  APPEARS,
  ASKER,
  confirmedOf,
  DRIVERS,
  type DriverName,
  ENDS_MS,
  FIRST,
  fix,
  LAPSES_MS,
  LEAVES,
  NOW_MS,
  offerOf,
  PLACE,
  PROFILE,
  SECOND,
  TASK,
  take,
} from './driver.fixtures.ts'
import type { DriverMessage } from './driver.messages.ts'

/** What the cells believe is not known where they were told nothing: they are told the truth. */
const REFUSES = `*announced >order.not_held >matching.driver_gone >pricing.driver`
/** Whoever is asked about another offer still counts as free where prices are made. */
const REFUSES_STILL_ASKED = '*announced >order.not_held >matching.driver_gone'

interface Row {
  readonly message: DriverMessage
  readonly atMs?: UnixMs
  readonly does: Partial<Record<DriverName, string>>
  /** In every other state. Whatever has no event changes nothing. */
  readonly otherwise: string
}

const TABLE: Readonly<Record<string, Row>> = {
  'registered again': {
    message: { kind: 'driver.register', replyTo: ASKER, profile: PROFILE, key: null },
    does: {},
    otherwise: '=already_exists',
  },
  'on duty': {
    message: { kind: 'driver.availability', replyTo: ASKER, status: 'available' },
    does: {
      offline: '*availability *announced =driver >matching.driver >pricing.driver',
      paused: '*availability *announced =driver >matching.driver >pricing.driver',
    },
    otherwise: '=driver',
  },
  'off duty': {
    message: { kind: 'driver.availability', replyTo: ASKER, status: 'offline' },
    does: {
      offline: '=driver',
      idle: '*availability *announced =driver >matching.driver_gone >pricing.driver',
      holding: '*availability *released =driver >order.not_held >pricing.driver',
    },
    otherwise: '*availability =driver',
  },
  paused: {
    message: { kind: 'driver.availability', replyTo: ASKER, status: 'paused' },
    does: { paused: '=driver', idle: '*availability *announced =driver >matching.driver_gone >pricing.driver' },
    otherwise: '*availability =driver',
  },
  read: { message: { kind: 'driver.read', replyTo: ASKER }, does: {}, otherwise: '=driver' },
  'its phone connects': {
    message: { kind: 'driver.hello', replyTo: ASKER },
    does: { holding: '~offer =driver', busy: '>order.ask_assignment =driver' },
    otherwise: '=driver',
  },
  'a fix nearby': {
    message: fix(PLACE),
    does: { stale: `*moved ${APPEARS}` },
    otherwise: '*moved',
  },
  'an offer': {
    message: offerOf(SECOND),
    does: { idle: '*held *announced >order.held ~offer >matching.driver_gone', holding: REFUSES_STILL_ASKED },
    otherwise: REFUSES,
  },
  'the same offer again': {
    message: offerOf(FIRST, { again: true }),
    does: {
      idle: '*held *announced >order.held ~offer >matching.driver_gone',
      stale: '*held >order.held ~offer',
      holding: '>order.held',
    },
    otherwise: REFUSES,
  },
  "a dispatcher's choice": {
    message: offerOf(SECOND, { mode: 'direct' }),
    does: {
      paused: '*held >order.held',
      idle: '*held *announced >order.held >matching.driver_gone',
      stale: '*held >order.held',
      holding: REFUSES_STILL_ASKED,
    },
    otherwise: REFUSES,
  },
  'an offer that is over when it comes': {
    message: offerOf(SECOND),
    atMs: ENDS_MS,
    does: { idle: '*announced >order.not_held >matching.driver >pricing.driver', holding: REFUSES_STILL_ASKED },
    otherwise: '*announced >order.not_held >matching.driver_gone >pricing.driver',
  },
  'taken back': {
    message: { kind: 'driver.revoke', offerId: FIRST.offerId, reason: 'expired' },
    does: { holding: '*released *announced ~offer_revoked >matching.driver >pricing.driver' },
    otherwise: '~offer_revoked',
  },
  'still open': {
    message: { kind: 'driver.offer_open', offerId: FIRST.offerId, expiresAtMs: ENDS_MS },
    does: { holding: '*hold_extended' },
    otherwise: '',
  },
  'the record is different': {
    message: { kind: 'driver.recheck', offerId: FIRST.offerId },
    // It asked while its offer won, and has been told of that since.
    does: { busy: '' },
    otherwise: 'reload',
  },
  'the record is different, because of another offer': {
    message: { kind: 'driver.recheck', offerId: SECOND.offerId },
    does: { holding: '>order.not_held reload' },
    otherwise: 'reload',
  },
  'its offer has won': {
    message: confirmedOf(FIRST, 5),
    does: {
      idle: '*load_taken *announced ~assignment >matching.driver_gone >pricing.driver',
      holding: '*released *load_taken ~assignment >pricing.driver',
    },
    otherwise: '*load_taken ~assignment',
  },
  'what the record told already': {
    message: confirmedOf(FIRST, 4),
    does: { holding: '*released *announced >matching.driver >pricing.driver', busy: '~assignment' },
    otherwise: '',
  },
  'a gap': { message: confirmedOf(FIRST, 6), does: {}, otherwise: 'reload' },
  'an order is over': {
    message: { kind: 'driver.ended', ...FIRST, reason: 'cancelled', status: 'cancelled' },
    does: { busy: '*load_given_back *announced ~order_cancelled >matching.driver >pricing.driver' },
    otherwise: '',
  },
  'an earlier assignment of the same order is over': {
    message: { kind: 'driver.ended', ...FIRST, offerId: `${FIRST.offerId}9` as OfferId, reason: '', status: 'placed' },
    does: {},
    otherwise: '',
  },
  'still its order': {
    message: { kind: 'driver.still_assigned', ...FIRST, task: TASK, order: {} },
    does: { busy: '*task_known ~assignment' },
    otherwise: 'reload',
  },
  'a hold that has lapsed': {
    message: { kind: 'timer', name: 'hold' },
    atMs: LAPSES_MS,
    does: { holding: '*asked >order.ask_offer' },
    otherwise: '',
  },
  'a hold that has not': {
    message: { kind: 'timer', name: 'hold' },
    does: { holding: '>order.ask_offer' },
    otherwise: '',
  },
  'time to ask': {
    message: { kind: 'timer', name: 'verify' },
    does: { busy: '>order.ask_assignment' },
    otherwise: '',
  },
  'not heard of for long': {
    message: { kind: 'timer', name: 'announce' },
    atMs: NOW_MS + SETTINGS.staleMs,
    does: { idle: LEAVES },
    otherwise: '',
  },
}

describe('every message in every state', () => {
  for (const [name, { message, atMs, does, otherwise }] of Object.entries(TABLE)) {
    test(name, () => {
      const done = Object.entries(DRIVERS).map(([state, of]) => [state, take(of, message, atMs).does])
      const expected = Object.keys(DRIVERS).map(state => [state, does[state as DriverName] ?? otherwise])
      expect(done).toEqual(expected)
    })
  }
})
