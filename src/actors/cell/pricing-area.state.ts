/**
 * What the pricing actor of a metropolis remembers. One mutable structure, changed by `evolve` alone, for the same
 * reasons as that of a matching cell. Counts are refilled by drivers, orders and quotes; prices come from stored rounds.
 */
import type { CellId, DriverId, UnixMs } from '../../domain/ids.ts'
import { type BorderDigest, type CellSurge, NEUTRAL_PERMILLE, type SurgeRound } from '../../domain/surge/surge-round.ts'
import { NO_SURGE, type SurgeRules } from '../../domain/surge/surge-rules.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import type { AreaPrices } from '../runtime/ports.ts'
import { ANNOUNCEMENT_TTL_MS } from '../settings.ts'
import type { Absence, Presence } from './pricing-area.messages.ts'

/** People who asked within a window; beyond that the one who asked longest ago is forgotten. */
const ASKERS_MAX = 50_000
/** Drivers of a metropolis; as for askers. */
const DRIVERS_MAX = 50_000
/** Neighbours of a hexagon, and two for the pentagons' sake. */
const DIGESTS_MAX = 8

interface Seen {
  readonly cell: CellId
  readonly atMs: UnixMs
}

export interface PricingAreaState {
  readonly area: CellId
  /** By who asks, the one that asked last at the end: a person counts once, where it asked last. */
  readonly askers: Map<string, Seen>
  /** In the order in which they were heard of. */
  readonly drivers: Map<DriverId, Seen & { readonly is: Presence }>
  /** Who stopped working, in the order in which they did. */
  readonly left: Map<DriverId, Seen>
  /** By the area that they are from. */
  readonly digests: Map<CellId, BorderDigest>
  /** What the record said last; null before it has. Every price is answered from it. */
  prices: AreaPrices | null
  /** Of the last stored round, by cell. */
  cells: ReadonlyMap<CellId, CellSurge>
  /** What the record is being asked for. */
  asking: 'nothing' | 'last' | 'round' | 'store'
  /** Answers that wait for the first word of the record. */
  waiting: { readonly to: ReplyTo; readonly cells: readonly CellId[] }[]
  /** When the next round is due; 0: no timer is set. */
  roundAtMs: UnixMs
}

export type PricingAreaEvent =
  | { readonly type: 'asked'; readonly asker: string; readonly cell: CellId; readonly atMs: UnixMs }
  | {
      readonly type: 'driver'
      readonly driverId: DriverId
      readonly cell: CellId
      readonly is: Presence | Absence
      readonly atMs: UnixMs
    }
  | { readonly type: 'digest'; readonly digest: BorderDigest }
  | { readonly type: 'pruned'; readonly atMs: UnixMs }
  | { readonly type: 'waits'; readonly to: ReplyTo; readonly cells: readonly CellId[] }
  | { readonly type: 'asking'; readonly asking: PricingAreaState['asking'] }
  | { readonly type: 'record'; readonly prices: AreaPrices }
  | { readonly type: 'answered' }
  | { readonly type: 'armed'; readonly atMs: UnixMs }

export function emptyPricingArea(area: CellId): PricingAreaState {
  return {
    area,
    askers: new Map(),
    drivers: new Map(),
    left: new Map(),
    digests: new Map(),
    prices: null,
    cells: new Map(),
    asking: 'nothing',
    waiting: [],
    roundAtMs: 0,
  }
}

export function evolve(state: PricingAreaState, event: PricingAreaEvent): PricingAreaState {
  switch (event.type) {
    case 'asked':
      putLast(state.askers, event.asker, { cell: event.cell, atMs: event.atMs }, ASKERS_MAX)
      break
    case 'driver':
      driverSeen(state, event)
      break
    case 'digest':
      digestHeard(state.digests, event.digest)
      break
    case 'pruned':
      prune(state, event.atMs)
      break
    case 'waits':
      state.waiting.push({ to: event.to, cells: event.cells })
      break
    case 'asking':
      state.asking = event.asking
      break
    case 'record':
      adopt(state, event.prices)
      break
    case 'answered':
      state.waiting = []
      break
    case 'armed':
      state.roundAtMs = event.atMs
      break
  }
  return state
}

function driverSeen(state: PricingAreaState, event: PricingAreaEvent & { type: 'driver' }): void {
  const { driverId, cell, is, atMs } = event
  if (is === 'idle' || is === 'soon') {
    state.left.delete(driverId)
    putLast(state.drivers, driverId, { cell, is, atMs }, DRIVERS_MAX)
    return
  }
  // Whoever was not counted cannot leave: a driver that is busy and goes home takes no supply away.
  if (state.drivers.delete(driverId) && is === 'off') putLast(state.left, driverId, { cell, atMs }, DRIVERS_MAX)
}

function putLast<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}

/** Two digests may overtake each other on the way. */
function digestHeard(digests: Map<CellId, BorderDigest>, digest: BorderDigest): void {
  const known = digests.get(digest.from)
  if (known && known.roundMs === digest.roundMs && known.round > digest.round) return
  if (known || digests.size < DIGESTS_MAX) digests.set(digest.from, digest)
}

function prune(state: PricingAreaState, nowMs: UnixMs): void {
  const { windowS, leftWindowS } = rulesOf(state.prices)
  dropBefore(state.askers, nowMs - windowS * 1_000)
  dropBefore(state.left, nowMs - leftWindowS * 1_000)
  // Whoever fell silent, in a crash or a tunnel, has left without a word.
  for (const [driverId, seen] of state.drivers) {
    if (seen.atMs > nowMs - ANNOUNCEMENT_TTL_MS) break
    state.drivers.delete(driverId)
    putLast(state.left, driverId, { cell: seen.cell, atMs: seen.atMs }, DRIVERS_MAX)
  }
}

/** Maps here are in the order of their times. */
function dropBefore<K>(map: Map<K, Seen>, atMs: UnixMs): void {
  for (const [key, seen] of map) {
    if (seen.atMs > atMs) return
    map.delete(key)
  }
}

function adopt(state: PricingAreaState, prices: AreaPrices): void {
  state.prices = prices
  state.cells = byCell(prices.last)
}

export function byCell(round: SurgeRound | null): ReadonlyMap<CellId, CellSurge> {
  return new Map((round?.cells ?? []).map(cell => [cell.cell, cell]))
}

export function rulesOf(prices: AreaPrices | null): SurgeRules {
  return prices?.surge ?? NO_SURGE
}

/** Nothing is counted, every price is neutral: there is no round to compute. */
export function isQuiet(state: PricingAreaState): boolean {
  return state.askers.size + state.drivers.size + state.left.size === 0 && isNeutral(state.prices?.last ?? null)
}

function isNeutral(round: SurgeRound | null): boolean {
  const cells = round?.cells ?? []
  return cells.every(cell => cell.multiplierPermille === NEUTRAL_PERMILLE && cell.smoothedPermille === NEUTRAL_PERMILLE)
}
