import type { OrderId, UnixMs } from '../../domain/ids.ts'
import type { Reservation } from '../../domain/reservations.ts'
import { invariant } from '../runtime/errors.ts'
import { toldAgain, withArrival } from './driver.arrival.ts'
import { NO_FENCES, withFence } from './driver.fence-state.ts'
import type { DriverEvent } from './driver.messages.ts'
import { positionOf } from './driver.position.ts'
import type { DriverState, DriverStatus, WorkRecord } from './driver.state.ts'
import { withProfile, withVehicle } from './driver.vehicle-state.ts'

const DURABLE: ReadonlySet<DriverEvent['type']> = new Set([
  'registered',
  'updated',
  'availability',
  'vehicle_changed',
  'rehomed',
  'geofence_entered',
  'geofence_left',
  'geofence_dwelled',
  'work_kept',
])

/** The other events are volatile: fixes, orders and the record refill what they hold. */
export function isDurable(event: DriverEvent): boolean {
  return DURABLE.has(event.type)
}

/** The only way that a driver's state changes. */
export function evolve(state: DriverState | null, event: DriverEvent): DriverState {
  invariant(state !== null, `driver event ${event.type} before activation`)
  const next = apply(state, event)
  // Its row is written as a whole, what it has worked included.
  if (isDurable(event)) return { ...next, version: state.version + 1, workSinceMs: null }
  return next.record === state.record ? next : { ...next, workSinceMs: state.workSinceMs ?? event.atMs }
}

function apply(state: DriverState, event: DriverEvent): DriverState {
  switch (event.type) {
    case 'registered':
      return { ...withProfile(state, event.profile, event.profile), isRegistered: true }
    case 'updated':
      return withProfile(dueToAnnounce(state), { ...state.profile, ...event.patch }, event.patch)
    case 'vehicle_changed':
      return withVehicle(dueToAnnounce(state), event.change, event.vehicle)
    case 'availability':
      // Whoever goes off duty takes every promise back: the record refuses what relies on one of before.
      return {
        ...state,
        availability: event.status,
        epoch: state.epoch + (event.status === 'offline' ? 1 : 0),
        record: workedOn(state.record, event.atMs, event.status === 'available' && state.assignments.length === 0),
      }
    case 'rehomed':
      return { ...dueToAnnounce(state), homeShard: event.toShard, homeRegion: event.region, epoch: state.epoch + 1 }
    case 'settled':
      return { ...state, homeRegion: event.region }
    case 'moved':
      return {
        ...state,
        position: positionOf(event.position),
        isOutside: event.isOutside === true,
        assignments: withArrival(state.assignments, event.position),
      }
    case 'geofence_entered':
    case 'geofence_left':
    case 'geofence_dwelled':
      return { ...state, fences: withFence(state.fences ?? NO_FENCES, event) }
    case 'held':
      return { ...state, hold: event.hold }
    case 'asked':
      return state.hold ? { ...state, hold: { ...state.hold, asked: state.hold.asked + 1 } } : state
    case 'hold_extended':
      return state.hold ? { ...state, hold: { ...state.hold, expiresAtMs: event.expiresAtMs, asked: 0 } } : state
    case 'released':
      return { ...state, hold: null, record: event.refused ? answered(state.record, 'refused') : state.record }
    case 'load_taken': {
      const { orderId, offerId, size, task, loadVersion } = event
      return {
        ...withReservations(state, without(state, orderId)),
        loadVersion,
        assignments: [...state.assignments, { orderId, offerId, size, task }],
        record: answered({ ...state.record, idleSinceMs: null }, 'accepted'),
      }
    }
    case 'task_known':
      return {
        ...state,
        assignments: state.assignments.map(a =>
          a.offerId === event.offerId ? { ...a, task: toldAgain(a.task, event.task) } : a,
        ),
      }
    case 'load_given_back':
      return givenBack(state, event)
    case 'reservation_known': {
      const { reservation } = event
      return withReservations(state, [...without(state, reservation.orderId), reservation])
    }
    case 'reservation_over':
      return withReservations(state, without(state, event.orderId))
    case 'announced':
      return { ...state, announced: event.announced }
    case 'work_kept':
      return { ...state, record: event.record }
  }
}

function without({ reservations = [] }: DriverState, orderId: OrderId): readonly Reservation[] {
  return reservations.filter(known => known.orderId !== orderId)
}

/** The first is the one that cells are told of. */
function withReservations(state: DriverState, reservations: readonly Reservation[]): DriverState {
  if (reservations.length === 0 && !state.reservations) return state
  const { reservations: _, ...others } = dueToAnnounce(state)
  return reservations.length === 0
    ? others
    : { ...others, reservations: reservations.toSorted((a, b) => a.atMs - b.atMs) }
}

const DAY_MS = 86_400_000
/** Of so many offers the answers are remembered; then the older ones count half. */
const ANSWERS_MAX = 100

export const NO_WORK: WorkRecord = { idleSinceMs: null, day: 0, servedToday: 0, accepted: 0, refused: 0 }

function givenBack(state: DriverState, { offerId, delivered, atMs }: DriverEvent & { type: 'load_given_back' }) {
  const assignments = state.assignments.filter(a => a.offerId !== offerId)
  const isIdle = assignments.length === 0 && state.availability === 'available'
  const record = workedOn(state.record, atMs, isIdle)
  return { ...state, assignments, record: delivered ? { ...record, servedToday: record.servedToday + 1 } : record }
}

function workedOn(record: WorkRecord, atMs: UnixMs, isIdle: boolean): WorkRecord {
  const day = Math.floor(atMs / DAY_MS)
  const today = day === record.day ? record : { ...record, day, servedToday: 0 }
  return { ...today, idleSinceMs: isIdle ? (record.idleSinceMs ?? atMs) : null }
}

function answered(record: WorkRecord, answer: 'accepted' | 'refused'): WorkRecord {
  const isFull = record.accepted + record.refused >= ANSWERS_MAX
  const { accepted, refused } = isFull ? { accepted: record.accepted / 2, refused: record.refused / 2 } : record
  return answer === 'accepted'
    ? { ...record, accepted: accepted + 1, refused }
    : { ...record, accepted, refused: refused + 1 }
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
