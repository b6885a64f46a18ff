/** A matching cell for tests, told of drivers and orders along a street to the north. */
import { cellAt, MATCHING_RES } from '../../domain/h3.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import type { Effect } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import type { MatchingCellMessage } from './matching-cell.messages.ts'
import { emptyCell, type MatchingCellState } from './matching-cell.state.ts'
import { decide, evolve } from './matching-cell.ts'

export const NOW_MS = Date.UTC(2026, 0, 5, 12)
export const PLACE = { latitude: 37.775, longitude: -122.418 }

export function north(metres: number) {
  return { ...PLACE, latitude: PLACE.latitude + metres / 111_195 }
}

export function driver(id: string, metres: number, changes: object = {}): MatchingCellMessage {
  const common = {
    driverShard: 0 as ShardId,
    freeAtMs: 0,
    vehicleType: null,
    skills: [],
    capacity: 1,
    room: 1,
    rating: null,
    idleSinceMs: null,
    servedToday: 0,
    refusedShare: 0,
  }
  return {
    kind: 'matching.driver',
    driver: { driverId: id as DriverId, position: north(metres), ...common, ...changes },
  }
}

export function order(id: string, metres: number, changes: object = {}): MatchingCellMessage {
  const common = {
    cell: cellAt(PLACE, MATCHING_RES),
    vehicleType: null,
    skills: [],
    size: 1,
    refusedBy: [],
    sinceMs: NOW_MS,
    tripS: 600,
    readyAtMs: null,
  }
  return { kind: 'matching.order', order: { orderId: id as OrderId, pickup: north(metres), ...common, ...changes } }
}

export const SOLVE: MatchingCellMessage = { kind: 'timer', name: 'solve' }

export class Cell {
  readonly state: MatchingCellState = emptyCell(cellAt(PLACE, MATCHING_RES))
  nowMs: UnixMs = NOW_MS
  readonly #settings: DispatchSettings

  constructor(settings: DispatchSettings = SETTINGS) {
    this.#settings = settings
  }

  tell(...messages: readonly MatchingCellMessage[]): Effect[] {
    return messages.flatMap(message => {
      const { events, effects } = decide(this.state, message, this.nowMs, this.#settings)
      for (const event of events) evolve(this.state, event)
      return [...effects]
    })
  }

  /** What each order was proposed, once the window has closed. */
  solve(afterMs = SETTINGS.matchWindowMs): Record<string, string[]> {
    this.nowMs += afterMs
    const proposals = this.tell(SOLVE).flatMap(effect => {
      if (effect.kind !== 'send' || effect.message.kind !== 'order.proposal') return []
      const { drivers } = effect.message as unknown as { drivers: { driverId: string }[] }
      return [[effect.to.id, drivers.map(d => d.driverId)] as const]
    })
    return Object.fromEntries(proposals)
  }
}

export interface Told {
  readonly drivers: readonly { readonly driverId: string }[]
  readonly decision: Readonly<Record<string, unknown>>
}

export function proposalsOf(effects: readonly Effect[]): Told[] {
  return effects.flatMap(effect => (effect.kind === 'send' ? [effect.message as unknown as Told] : []))
}

export interface Explained {
  readonly driver_id: string
  readonly cost: number
  readonly terms: Record<string, number>
  readonly excluded_by: string | null
}

export function candidatesOf(told: Told | undefined): readonly Explained[] {
  return (told?.decision.candidates ?? []) as readonly Explained[]
}

/** Ten seconds of driving are 50 m. */
export const soon = (leftS: number) => ({ freeAtMs: NOW_MS + leftS * 1_000, capacity: 2, room: 1 })
