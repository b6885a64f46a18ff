/** The four kinds of actors, as the runtime wants them. */
import type { CellId, UnixMs } from '../domain/ids.ts'
import { isEnded } from '../domain/order-lifecycle.ts'
import type { MatchingCellMessage } from './cell/matching-cell.messages.ts'
import { emptyCell, type MatchingCellState } from './cell/matching-cell.state.ts'
import * as matchingCell from './cell/matching-cell.ts'
import type { PricingMessage } from './cell/pricing-area.messages.ts'
import { emptyPricingArea, evolve, type PricingAreaEvent, type PricingAreaState } from './cell/pricing-area.state.ts'
import * as pricingArea from './cell/pricing-area.ts'
import { assumeAnnounced } from './driver/driver.effects.ts'
import * as driverEvolve from './driver/driver.evolve.ts'
import { NO_FENCES } from './driver/driver.fence-state.ts'
import type { DriverEvent, DriverMessage } from './driver/driver.messages.ts'
import { absorb } from './driver/driver.move.ts'
import { positionOf } from './driver/driver.position.ts'
import type {
  Availability,
  DriverFences,
  DriverProfile,
  DriverState,
  DriverVehicle,
  WorkRecord,
} from './driver/driver.state.ts'
import * as driver from './driver/driver.ts'
import { recorded } from './order/order.effects.ts'
import * as orderEvolve from './order/order.evolve.ts'
import type { OrderEvent, OrderMessage } from './order/order.messages.ts'
import type { OrderState } from './order/order.state.ts'
import * as order from './order/order.ts'
import type { ActorKind, ActorKinds, AnyActorKind } from './runtime/actor.ts'
import type { JournalEvent, StoredDriver } from './runtime/ports.ts'
import { asJson } from './runtime/turn.ts'
import { cellOfMatching } from './send.ts'
import type { DispatchSettings } from './settings.ts'

/** A driver that was not heard of for this long, and has nothing to do, makes room in memory. */
const DRIVER_RESTS_AFTER_MS = 15 * 60_000

export function actorKinds(settings: DispatchSettings): ActorKinds {
  return {
    order: erased(orderKind(settings)),
    driver: erased(driverKind(settings)),
    matching: erased(matchingKind(settings)),
    pricing: erased(pricingKind(settings)),
  }
}

function orderKind(settings: DispatchSettings): ActorKind<OrderState, OrderMessage, OrderEvent> {
  return {
    name: 'order',
    decide: (state, message, nowMs) => order.decide(state, message, nowMs, settings),
    evolve: orderEvolve.evolve,
    isDurable: orderEvolve.isDurable,
    resume: (state, nowMs) => order.resume(state, nowMs, settings),
    canRest: state => isEnded(state.status) || (state.status === 'scheduled' && state.offers.length === 0),
    initial: () => null,
    askersOf: state => state.offers.flatMap(({ waiting }) => waiting.flatMap(({ to }) => to ?? [])),
    record: {
      kind: 'order',
      versionOf: state => state.version,
      toEvent,
      isBirth: message => message.kind === 'order.place',
      toRow: (state, before) => ({
        kind: 'order',
        status: state.status,
        customerId: state.terms.customerId,
        driverId: state.assignment?.driverId ?? state.reservation?.driverId ?? null,
        dueAtMs: state.dueAtMs,
        createdAtMs: state.createdAtMs,
        updatedAtMs: state.updatedAtMs,
        state: asJson(recorded(state)),
        // `evolve` passes them on as they are, unless it changes them.
        ...(before?.terms === state.terms ? { hasSameTerms: true } : {}),
      }),
      // Written by `toRow` of this or an older version of the code.
      fromStored: stored => stored.state as unknown as OrderState,
    },
  }
}

const ANONYMOUS: DriverProfile = {
  name: null,
  phone: null,
  vehicleType: null,
  vehicleId: null,
  capacity: 1,
  skills: [],
}

function driverKind(settings: DispatchSettings): ActorKind<DriverState, DriverMessage, DriverEvent> {
  return {
    name: 'driver',
    decide: (state, message, nowMs) => driver.decide(state, message, nowMs, settings),
    evolve: driverEvolve.evolve,
    absorb: (state, message, nowMs) => message.kind === 'driver.fix' && absorb(state, message, { settings, nowMs }),
    isDurable: driverEvolve.isDurable,
    resume: driver.resume,
    canRest: driverCanRest,
    fencesOf: ({ fences }) => (fences ?? NO_FENCES).inside,
    initial: () => null,
    record: {
      kind: 'driver',
      versionOf: state => state.version,
      epochOf: state => state.epoch,
      toEvent,
      isBirth: message => message.kind === 'driver.register',
      toRow: state => ({
        kind: 'driver',
        homeShard: state.homeShard,
        epoch: state.epoch,
        status: state.availability,
        capacity: state.profile.capacity,
        state: {
          profile: asJson(state.profile),
          isRegistered: state.isRegistered,
          record: asJson(state.record),
          ...(state.vehicle ? { vehicle: asJson(state.vehicle) } : {}),
          ...(state.fences ? { fences: asJson(state.fences) } : {}),
        },
      }),
      fromStored: stored => driverFromStored(stored, settings),
    },
  }
}

function driverCanRest(state: DriverState, nowMs: UnixMs): boolean {
  const quiet = nowMs - (state.position?.receivedAtMs ?? 0) > DRIVER_RESTS_AFTER_MS
  // What it has worked and is not stored yet would be forgotten with it.
  return quiet && state.hold === null && state.announced === null && state.workSinceMs === null
}

function driverFromStored(stored: StoredDriver, settings: DispatchSettings): DriverState {
  const profile = stored.state.profile as unknown as DriverProfile | undefined
  const record = stored.state.record as unknown as WorkRecord | undefined
  const vehicle = stored.state.vehicle as unknown as DriverVehicle | undefined
  const fences = stored.state.fences as unknown as DriverFences | undefined
  const state: DriverState = {
    driverId: stored.driverId,
    homeShard: stored.homeShard,
    epoch: stored.epoch,
    version: stored.version,
    isRegistered: stored.state.isRegistered === true,
    profile: profile ?? ANONYMOUS,
    availability: stored.status as Availability,
    loadVersion: stored.loadVersion,
    assignments: stored.assignments,
    ...(stored.reservations ? { reservations: stored.reservations } : {}),
    hold: null,
    position: stored.lastFix && positionOf(stored.lastFix),
    homeRegion: null,
    announced: null,
    record: record ?? driverEvolve.NO_WORK,
    workSinceMs: null,
    ...(fences ? { fences } : {}),
    ...(vehicle ? { vehicle } : {}),
  }
  return assumeAnnounced(state, settings)
}

function matchingKind(
  settings: DispatchSettings,
): ActorKind<MatchingCellState, MatchingCellMessage, matchingCell.MatchingCellEvent> {
  return {
    name: 'matching',
    decide: (state, message, nowMs) => matchingCell.decide(own(state), message, nowMs, settings),
    evolve: (state, event) => matchingCell.evolve(own(state), event),
    isDurable: () => false,
    resume: () => [],
    canRest: state => state.drivers.size === 0 && state.orders.size === 0 && state.window === null,
    initial: id => emptyCell(cellOfMatching(id)),
    record: null,
  }
}

function pricingKind(settings: DispatchSettings): ActorKind<PricingAreaState, PricingMessage, PricingAreaEvent> {
  return {
    name: 'pricing',
    decide: (state, message, nowMs) => pricingArea.decide(own(state), message, nowMs, settings),
    evolve: (state, event) => evolve(own(state), event),
    isDurable: () => false,
    resume: () => [],
    canRest: state => pricingArea.canRest(state),
    initial: id => emptyPricingArea(id as CellId),
    askersOf: state => state.waiting.map(({ to }) => to),
    record: null,
  }
}

/** Actors without a record are never without a state. */
function own<S>(state: S | null): S {
  if (state === null) throw new Error('a cell without a state')
  return state
}

function toEvent(event: OrderEvent | DriverEvent): JournalEvent {
  const { type, atMs, ...data } = event
  return { type, atMs, data: asJson(data) }
}

/** The host keeps kinds apart by name and never looks into their states, messages and events. */
function erased<S, M extends { kind: string }, E>(kind: ActorKind<S, M, E>): AnyActorKind {
  return kind as unknown as AnyActorKind
}
