import { invariant } from '../runtime/errors.ts'
import type { DriverEvent } from './driver.messages.ts'
import type { DriverState, DriverStatus } from './driver.state.ts'

const DURABLE: ReadonlySet<DriverEvent['type']> = new Set(['registered', 'updated', 'availability', 'rehomed'])

/** The other events are volatile: fixes, orders and the record refill what they hold. */
export function isDurable(event: DriverEvent): boolean {
  return DURABLE.has(event.type)
}

/** The only way that a driver's state changes. */
export function evolve(state: DriverState | null, event: DriverEvent): DriverState {
  invariant(state !== null, `driver event ${event.type} before activation`)
  const next = apply(state, event)
  return isDurable(event) ? { ...next, version: state.version + 1 } : next
}

function apply(state: DriverState, event: DriverEvent): DriverState {
  switch (event.type) {
    case 'registered':
      return { ...state, isRegistered: true, profile: event.profile }
    case 'updated':
      return { ...dueToAnnounce(state), profile: { ...state.profile, ...event.patch } }
    case 'availability':
      // Whoever goes off duty takes every promise back: the record refuses what relies on one of before.
      return { ...state, availability: event.status, epoch: state.epoch + (event.status === 'offline' ? 1 : 0) }
    case 'rehomed':
      return { ...dueToAnnounce(state), homeShard: event.toShard, homeRegion: event.region, epoch: state.epoch + 1 }
    case 'settled':
      return { ...state, homeRegion: event.region }
    case 'moved':
      return { ...state, position: event.position }
    case 'held':
      return { ...state, hold: event.hold }
    case 'asked':
      return state.hold ? { ...state, hold: { ...state.hold, asked: state.hold.asked + 1 } } : state
    case 'hold_extended':
      return state.hold ? { ...state, hold: { ...state.hold, expiresAtMs: event.expiresAtMs, asked: 0 } } : state
    case 'released':
      return { ...state, hold: null }
    case 'load_taken':
      return {
        ...state,
        loadVersion: event.loadVersion,
        assignments: [...state.assignments, { orderId: event.orderId, offerId: event.offerId, size: event.size }],
      }
    case 'load_given_back':
      return { ...state, assignments: state.assignments.filter(a => a.offerId !== event.offerId) }
    case 'announced':
      return { ...state, announced: event.announced }
  }
}

/** What the cells know of the driver is old now. */
export function dueToAnnounce(state: DriverState): DriverState {
  return state.announced ? { ...state, announced: { ...state.announced, atMs: 0 } } : state
}

export function loadOf(state: DriverState): number {
  return state.assignments.reduce((sum, a) => sum + a.size, 0)
}

/** What is read back: what the driver does beats what it set. */
export function statusOf(state: DriverState): DriverStatus {
  if (state.hold) return 'offered'
  if (state.assignments.length > 0) return 'busy'
  return state.availability
}
