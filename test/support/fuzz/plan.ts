/** What one seed makes of a run: the city, its settings, and how hostile its world is. */
import type { DispatchSettings } from '../../../src/actors/settings.ts'
import type { Chance } from './random.ts'

export interface Plan {
  readonly settings: Partial<DispatchSettings>
  readonly hosts: number
  readonly drivers: number
  readonly orders: number
  readonly capacityMax: number
  /** Faults happen for so long; then all of it must come to rest. */
  readonly chaosMs: number
  /** Of a message between hosts, or from outside. */
  readonly dropped: number
  readonly duplicated: number
  readonly delayed: number
  /** Of a request to the record. */
  readonly requestFails: number
  readonly appendFails: number
  readonly crashes: number
  readonly takeOvers: number
  readonly outages: number
}

/** After the faults: an order has this long to end, a silent driver to be asked about its load. */
export const CALM_MS = 260_000
export const ORDER_TTL_MS = 60_000

export function planOf(chance: Chance): Plan {
  const level = chance.pick([0, 1, 1, 2, 3])
  return {
    settings: {
      shards: chance.pick([4, 8, 16]),
      acceptAutomatically: chance.happens(0.25),
      offersAtOnce: chance.pick([1, 1, 2, 4]),
      offerTtlMs: chance.pick([3_000, 8_000, 15_000]),
      orderTtlMs: ORDER_TTL_MS,
      scheduleLeadMs: 5_000,
      staleMs: chance.pick([15_000, 60_000]),
      matchWindowMs: 1_000,
    },
    hosts: chance.between(1, 3),
    drivers: chance.between(1, 4),
    orders: chance.between(2, 7),
    capacityMax: chance.between(1, 2),
    chaosMs: chance.between(20, 60) * 1_000,
    dropped: [0, 0.01, 0.05, 0.2][level] ?? 0,
    duplicated: [0, 0.02, 0.1, 0.2][level] ?? 0,
    delayed: [0, 0.05, 0.15, 0.3][level] ?? 0,
    requestFails: [0, 0.005, 0.03, 0.1][level] ?? 0,
    appendFails: [0, 0.01, 0.05, 0.1][level] ?? 0,
    crashes: level === 0 ? 0 : chance.between(0, level),
    takeOvers: level === 0 ? 0 : chance.between(0, level),
    outages: level < 2 ? 0 : chance.between(0, 1),
  }
}
