import { cellNear } from '../../domain/cell-core.ts'
import { asOfMs } from '../../domain/freshness.ts'
import { INDEX_RES, PRICE_RES, parentOf } from '../../domain/h3.ts'
import type { CellId, OfferId, OrderId, UnixMs } from '../../domain/ids.ts'
import { modeOfDriver } from '../../domain/mode.ts'
import { matchingCellsNear } from '../../domain/reach.ts'
import type { OpenDriver } from '../cell/matching-cell.messages.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import {
  asJson,
  type Effect,
  type JsonObject,
  publish,
  reply,
  setTimer,
  type Turn,
  turn,
  type Writes,
} from '../runtime/turn.ts'
import { type MatchingCells, toMatching, toOrder } from '../send.ts'
import { ANNOUNCE_EVERY_MS, type DispatchSettings, WORK_KEPT_WITHIN_MS } from '../settings.ts'
import { evolve, loadOf, statusOf } from './driver.evolve.ts'
import type { DriverEvent, DriverReply } from './driver.messages.ts'
import { positionOf } from './driver.position.ts'
import { type Free, wakeBeforeFree, whenFree } from './driver.soon-idle.ts'
import type { Announcement, DriverState } from './driver.state.ts'
import { notFreeAfterAll, toPrices } from './driver.supply.ts'
import { isInMaintenance } from './driver.vehicle-state.ts'

export interface DriverContext {
  readonly settings: DispatchSettings
  readonly nowMs: UnixMs
}

export function answer(to: ReplyTo | undefined, body: DriverReply): Effect[] {
  return reply(to, asJson(body))
}

export function answerDriver(to: ReplyTo | undefined, state: DriverState): Effect[] {
  return to ? answer(to, { kind: 'driver', driver: asTold(state) }) : []
}

/** As it is now: its position will be written over, and what was told stays as it was. */
export function asTold(state: DriverState): JsonObject {
  return asJson({ ...state, position: state.position && positionOf(state.position) })
}

/** The driver can have the order of that offer, as it is now. */
export function heldBy(state: DriverState, orderId: OrderId, offerId: OfferId): Effect {
  const { driverId, homeShard, epoch, loadVersion, profile, position } = state
  return toOrder(orderId, {
    kind: 'order.held',
    offerId,
    driverId,
    driverShard: homeShard,
    driverEpoch: epoch,
    loadVersion,
    driverName: profile.name,
    vehicleType: profile.vehicleType,
    position: position && { latitude: position.latitude, longitude: position.longitude },
  })
}

/** To the driver's own connection. */
export function phone(state: DriverState, type: string, data: object): Effect {
  return publish(`phone:${state.driverId}`, type, asJson(data))
}

/**
 * A turn that changes the driver: the cells are told what that means for them, watchers see a new status, and the
 * hold and the load keep their timers.
 */
export function changed(
  before: DriverState,
  events: readonly DriverEvent[],
  context: DriverContext,
  more: (after: DriverState) => { effects?: readonly Effect[]; writes?: Writes } = () => ({}),
): Turn<DriverEvent> {
  const after = events.reduce<DriverState>(evolve, before)
  const { effects = [], writes = {} } = more(after)
  const told = announce(after, context)
  const all = [
    ...effects,
    ...told.effects,
    ...notFreeAfterAll(before, after, context.settings),
    ...statusEffects(before, after),
    ...keepWork(before, after),
  ]
  return turn([...events, ...told.events], all, writes)
}

/** Armed by the first change, and not put off by those after it. */
function keepWork(before: DriverState, after: DriverState): Effect[] {
  if (before.workSinceMs !== null || after.workSinceMs === null) return []
  return [setTimer('work', after.workSinceMs + WORK_KEPT_WITHIN_MS)]
}

/** For the hot view and for whoever watches the driver. */
export function publishStatus(state: DriverState): Effect {
  return publish(`driver:${state.driverId}`, 'driver', {
    driver_id: state.driverId,
    status: statusOf(state),
    vehicle_type: state.profile.vehicleType,
    load: loadOf(state),
    order_id: state.assignments[0]?.orderId ?? null,
  })
}

function statusEffects(before: DriverState, after: DriverState): Effect[] {
  const same =
    statusOf(before) === statusOf(after) &&
    before.profile === after.profile &&
    before.assignments.length === after.assignments.length &&
    before.assignments[0]?.orderId === after.assignments[0]?.orderId
  return same ? [] : [publishStatus(after)]
}

/** Can be offered an order: now, or one to follow the one it is about to finish. */
export function isOpen(state: DriverState, { nowMs, settings }: DriverContext): boolean {
  return (
    state.availability === 'available' &&
    state.hold === null &&
    state.position !== null &&
    state.isOutside !== true &&
    !isInMaintenance(state, nowMs) &&
    nowMs - asOfMs(state.position) < settings.staleMs &&
    loadOf(state) < state.profile.capacity
  )
}

interface Told {
  readonly events: readonly DriverEvent[]
  readonly effects: readonly Effect[]
}

export const NOTHING_TOLD: Told = { events: [], effects: [] }

/** Deltas to the matching cells and the price cell: only what they do not know yet, and all of it again now and then. */
export function announce(state: DriverState, context: DriverContext): Told {
  const { nowMs, settings } = context
  const was = state.announced
  const free = isOpen(state, context) ? whenFree(state, context) : null
  if (!free || !state.position) {
    const later = wakeBeforeFree(state, context)
    if (!was) return later.length === 0 ? NOTHING_TOLD : { events: [], effects: later }
    const effects = [...leave(state, was, null, settings), ...toPrices(state, was, null, settings), ...later]
    return { events: [{ type: 'announced', atMs: nowMs, announced: null }], effects }
  }
  const here = standingOf(state, free, was?.indexCell ?? null, nowMs)
  if (was && isKnown(was, here)) return NOTHING_TOLD
  const now = announcementOf(here, cellsOf(here, free, was, settings))
  const driver = openDriver(state, free, now)
  return {
    events: [{ type: 'announced', atMs: nowMs, announced: now }],
    effects: [
      ...(was ? leave(state, was, now, settings) : [setTimer('announce', asOfMs(state.position) + settings.staleMs)]),
      ...now.matchingCells.map(cell =>
        toMatching(cell, cellsFor(state, settings), { kind: 'matching.driver', driver }),
      ),
      ...toPrices(state, was, now, settings),
    ],
  }
}

function openDriver(state: DriverState, free: Free, { room }: Announcement): OpenDriver {
  const { vehicleType, skills, rating } = state.profile
  const { idleSinceMs, servedToday, accepted, refused } = state.record
  const [reserved] = state.reservations ?? []
  return {
    driverId: state.driverId,
    driverShard: state.homeShard,
    position: { latitude: free.place.latitude, longitude: free.place.longitude },
    freeAtMs: free.atMs,
    vehicleType,
    skills,
    capacity: state.profile.capacity,
    room,
    rating: rating ?? null,
    idleSinceMs,
    servedToday,
    // Of nobody asked yet, nothing is known.
    refusedShare: accepted + refused === 0 ? 0 : refused / (accepted + refused),
    ...(reserved ? { reservation: { pickup: reserved.pickup, atMs: reserved.atMs } } : {}),
  }
}

/**
 * What the cells know of a driver whose memory is gone, or who was just proposed although it cannot be, is not known
 * here. Assumed is the worst, that they believe it idle where it is: the next turn tells them what is true.
 */
export function assumeAnnounced(state: DriverState, settings: DispatchSettings): DriverState {
  if (!state.position) return state
  const free = { place: state.position, atMs: 0 }
  const here = standingOf(state, free, null, 0)
  return { ...state, announced: announcementOf(here, cellsOf(here, free, null, settings)) }
}

/** What decides whether the cells have to be told: asked with every fix, so it names no cell that it need not. */
type Standing = Pick<Announcement, 'indexCell' | 'room' | 'freeAtMs' | 'atMs'>

function standingOf(state: DriverState, free: Free, cellBefore: CellId | null, nowMs: UnixMs): Standing {
  return {
    indexCell: cellNear(free.place, INDEX_RES, cellBefore),
    room: state.profile.capacity - loadOf(state),
    freeAtMs: free.atMs,
    atMs: nowMs,
  }
}

type ToldCells = Pick<Announcement, 'matchingCells' | 'priceCell'>

/** Within its index cell, some hundred metres, nobody comes into another's reach of half a city: who moves there tells the same cells. */
function cellsOf(
  { indexCell }: Standing,
  { place }: Free,
  was: Announcement | null,
  { pickupMaxS }: DispatchSettings,
): ToldCells {
  if (was?.indexCell === indexCell) return was
  return { matchingCells: matchingCellsNear(place, pickupMaxS), priceCell: parentOf(indexCell, PRICE_RES) }
}

/** Each field by its name: a copy of the others would weigh half as much again, in every driver on duty. */
function announcementOf(
  { indexCell, room, freeAtMs, atMs }: Standing,
  { matchingCells, priceCell }: ToldCells,
): Announcement {
  return { matchingCells, priceCell, indexCell, room, freeAtMs, atMs }
}

/** An estimate that moves by less than this is not worth a message. */
const FREE_AT_STEP_MS = 4_000

function isKnown(was: Announcement, now: Standing): boolean {
  return (
    was.indexCell === now.indexCell &&
    was.room === now.room &&
    Math.abs(was.freeAtMs - now.freeAtMs) < FREE_AT_STEP_MS &&
    now.atMs - was.atMs < ANNOUNCE_EVERY_MS
  )
}

function cellsFor({ driverId }: DriverState, { shards }: DispatchSettings): MatchingCells {
  return { shards, mode: modeOfDriver(driverId) }
}

function leave(state: DriverState, was: Announcement, now: Announcement | null, settings: DispatchSettings): Effect[] {
  const { driverId } = state
  if (was.matchingCells === now?.matchingCells) return []
  return was.matchingCells
    .filter(cell => !now?.matchingCells.includes(cell))
    .map(cell => toMatching(cell, cellsFor(state, settings), { kind: 'matching.driver_gone', driverId }))
}
