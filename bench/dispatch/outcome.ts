import type { Figures } from '../bench.ts'

/** One request that got a driver within its patience. */
export interface Service {
  /** Index into the fleet. */
  readonly driver: number
  /** From assignment to arrival, what was left of the driver's order before included. */
  readonly pickupS: number
  /** From request to arrival. */
  readonly waitS: number
  /** From request until the driver is there and the order is ready. */
  readonly handoverS: number
  /** Assigned while the driver still had another order. */
  readonly chained: boolean
  /** From pickup to drop-off. */
  readonly tripS: number
}

export interface Outcome {
  readonly requests: number
  readonly drivers: number
  /** In the order of assignment. */
  readonly services: readonly Service[]
  /** Of all requests. */
  readonly tripsS: readonly number[]
}

export function serviceFigures({ requests, drivers, services, tripsS }: Outcome): Figures {
  const [shortS, longS] = [quantile(tripsS, 0.25), quantile(tripsS, 0.75)]
  const servedOf = (within: (tripS: number) => boolean) =>
    rounded(share(services.filter(s => within(s.tripS)).length, tripsS.filter(within).length), 4)
  const pickups = services.map(service => service.pickupS)
  const waits = services.map(service => service.waitS)
  return {
    drivers,
    requests,
    served_share: rounded(services.length / requests, 4),
    pickup_mean_s: rounded(mean(pickups), 1),
    pickup_p90_s: rounded(quantile(pickups, 0.9), 1),
    wait_mean_s: rounded(mean(waits), 1),
    wait_p90_s: rounded(quantile(waits, 0.9), 1),
    // Whoever waits for a meal waits for both; equal to the wait where everything is ready at once.
    handover_mean_s: rounded(mean(services.map(service => service.handoverS)), 1),
    chained_share: rounded(share(services.filter(service => service.chained).length, services.length), 4),
    // Whoever serves as many as it can serves short trips first: by how much.
    served_share_shortest_quarter: servedOf(tripS => tripS < shortS),
    served_share_longest_quarter: servedOf(tripS => tripS >= longS),
    gini_orders: rounded(gini(ordersPerDriver(drivers, services)), 4),
  }
}

function ordersPerDriver(drivers: number, services: readonly Service[]): number[] {
  const counts = new Array<number>(drivers).fill(0)
  for (const { driver } of services) counts[driver] = (counts[driver] ?? 0) + 1
  return counts
}

/** 0 where all have the same, near 1 where one has everything. */
export function gini(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const total = sorted.reduce((sum, value) => sum + value, 0)
  if (total === 0) return 0
  const weighted = sorted.reduce((sum, value, i) => sum + (2 * (i + 1) - sorted.length - 1) * value, 0)
  return weighted / (sorted.length * total)
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The value at that rank; 0 where there is none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0
}

export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** As `toFixed` rounds, so that figures of other programs that print with it are equal to the last digit. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
