/**
 * The price cell: counts demand (prices asked for) and supply (idle drivers) of its hexagon over a window. Ruleset 1
 * has no surge, so the multiplier is 1,000 permille whatever is counted; the counts are what surge will be computed from.
 * Mutable like the matching cell, and for the same reasons without a record.
 */
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import { asJson, NOTHING, reply, type Turn, turn } from '../runtime/turn.ts'
import { ANNOUNCEMENT_TTL_MS } from '../settings.ts'
import type { PriceCellMessage, PricingReply } from './price-cell.messages.ts'

const ROUND_MS = 60_000
/** Demand is counted over this many rounds. */
const WINDOW_ROUNDS = 5
const NO_SURGE_PERMILLE = 1_000

export interface PriceCellState {
  /** Prices asked for, by round number. */
  readonly asked: Map<number, number>
  readonly idle: Map<DriverId, UnixMs>
}

export type PriceCellEvent =
  | { readonly type: 'asked'; readonly round: number }
  | { readonly type: 'driver_here'; readonly driverId: DriverId; readonly atMs: UnixMs }
  | { readonly type: 'driver_left'; readonly driverId: DriverId }

export function emptyPriceCell(): PriceCellState {
  return { asked: new Map(), idle: new Map() }
}

export function evolve(state: PriceCellState, event: PriceCellEvent): PriceCellState {
  switch (event.type) {
    case 'asked':
      state.asked.set(event.round, (state.asked.get(event.round) ?? 0) + 1)
      for (const round of state.asked.keys()) if (round <= event.round - WINDOW_ROUNDS) state.asked.delete(round)
      break
    case 'driver_here':
      // Last in the map, which is thus in the order in which drivers were heard of.
      state.idle.delete(event.driverId)
      state.idle.set(event.driverId, event.atMs)
      forgetSilent(state.idle, event.atMs)
      break
    case 'driver_left':
      state.idle.delete(event.driverId)
      break
  }
  return state
}

/** Whoever left without a word, in a crash, must not stay for ever. */
function forgetSilent(idle: Map<DriverId, UnixMs>, nowMs: UnixMs): void {
  for (const [driverId, seenAtMs] of idle) {
    if (nowMs - seenAtMs < ANNOUNCEMENT_TTL_MS) return
    idle.delete(driverId)
  }
}

export function decide(state: PriceCellState, message: PriceCellMessage, nowMs: UnixMs): Turn<PriceCellEvent> {
  const round = Math.floor(nowMs / ROUND_MS)
  switch (message.kind) {
    case 'pricing.driver': {
      const { driverId, here } = message
      return turn([here ? { type: 'driver_here', driverId, atMs: nowMs } : { type: 'driver_left', driverId }])
    }
    case 'pricing.ask':
      return turn([{ type: 'asked', round }], reply(message.replyTo, asJson(quote(state, round, nowMs))))
    default:
      return NOTHING
  }
}

function quote(state: PriceCellState, round: number, nowMs: UnixMs): PricingReply {
  let demand = 1
  for (const [r, count] of state.asked) if (r > round - WINDOW_ROUNDS) demand += count
  let supply = 0
  for (const seenAtMs of state.idle.values()) if (nowMs - seenAtMs < ANNOUNCEMENT_TTL_MS) supply++
  return { kind: 'surge', multiplierPermille: NO_SURGE_PERMILLE, round, demand, supply }
}

/** Nothing counted here matters any more. */
export function isForgotten(state: PriceCellState, nowMs: UnixMs): boolean {
  const round = Math.floor(nowMs / ROUND_MS)
  for (const asked of state.asked.keys()) if (asked > round - WINDOW_ROUNDS) return false
  for (const seenAtMs of state.idle.values()) if (nowMs - seenAtMs < ANNOUNCEMENT_TTL_MS) return false
  return true
}
