import type { LatLng } from '../domain/geo.ts'
import { SAN_FRANCISCO } from './city.ts'
import type { Protocol } from './wire.ts'

/** What a world is made of. Shares are 0–1. */
export interface WorldOptions {
  /** The node, without a slash at the end. */
  readonly url: string
  readonly token: string | null
  readonly drivers: number
  /** How many of them take orders, each on a socket of its own; the others only report where they are. */
  readonly onDuty: number
  /** Positions per second of all drivers together. */
  readonly ratePerS: number
  /** Per hour of the world, at the hour at which it begins; the synthetic demand follows the day from there. */
  readonly ordersPerHour: number
  /** Real seconds of demand; null: a recording to its end. */
  readonly durationS: number | null
  readonly tripsFile: string | null
  readonly tracesFile: string | null
  /** World seconds in a real second. */
  readonly speedup: number
  readonly seed: number
  readonly acceptShare: number
  /** Drivers who do not answer an offer at all, and half of them too late. */
  readonly silentShare: number
  readonly quoteShare: number
  /** Customers who change their minds. */
  readonly cancelShare: number
  /** World seconds that a customer waits for a driver to be found. */
  readonly patienceS: number
  readonly watchers: number
  /** Sockets that carry the positions of drivers who take no orders. */
  readonly connections: number
  readonly protocol: Protocol
  readonly fromTs: number
  readonly toTs: number
  readonly center: LatLng
  /** The hour of the day at which a synthetic world begins. */
  readonly startHour: number
  readonly capacity: number
  readonly speedMps: number
  readonly driverPrefix: string
  /** Real seconds that orders may take to end once demand is over. */
  readonly drainS: number
  /** At the end, open orders are cancelled and drivers go offline, unless they are left as they are. */
  readonly atEnd: 'clean' | 'leave'
}

/** The limits of what one generator on one machine is good for. */
export const LIMITS = {
  /** Ids, journeys and sockets of more do not fit beside a node. */
  driversMax: 200_000,
  /** One own socket each: file descriptors run out first. */
  onDutyMax: 16_000,
  /** Without being told, no more drivers than this get sockets of their own. */
  onDutyDefaultMax: 2_500,
  ratePerSMax: 500_000,
  ordersPerHourMax: 10_000_000,
  speedupMax: 1_000,
  connectionsMax: 1_000,
  watchersMax: 2_000,
  durationSMax: 7 * 86_400,
} as const

const DRAIN_SYNTHETIC_MAX_S = 15

/** The world that a caller did not describe otherwise. What depends on something else follows it. */
export function worldOptions(given: Partial<WorldOptions> & { readonly url: string }): WorldOptions {
  const drivers = given.drivers ?? 300
  const speedup = given.speedup ?? 1
  const patienceS = given.patienceS ?? 300
  const recorded = (given.tripsFile ?? given.tracesFile ?? null) !== null
  const patienceRealS = patienceS / speedup
  const ordersPerHour = given.ordersPerHour ?? (recorded ? 0 : 600)
  return {
    token: null,
    drivers,
    onDuty: onDutyDefault({ drivers, ordersPerHour, tripsFile: given.tripsFile ?? null }),
    ratePerS: Math.min(drivers, 2_000),
    ordersPerHour,
    durationS: recorded ? null : 60,
    tripsFile: null,
    tracesFile: null,
    speedup,
    seed: 1,
    acceptShare: 0.9,
    silentShare: 0,
    quoteShare: 1,
    cancelShare: recorded ? 0 : 0.02,
    patienceS,
    watchers: 50,
    connections: 4,
    protocol: 'json',
    fromTs: 0,
    toTs: Number.POSITIVE_INFINITY,
    center: SAN_FRANCISCO,
    startHour: 18,
    capacity: 1,
    speedMps: 6.5,
    driverPrefix: 'drv_sim_',
    drainS: recorded ? patienceRealS : Math.min(patienceRealS, DRAIN_SYNTHETIC_MAX_S),
    atEnd: 'clean',
    ...given,
  }
}

/** A recorded evening is played by the whole fleet that was asked for: it is compared with other dispatchers'. */
function onDutyDefault(options: Pick<WorldOptions, 'drivers' | 'ordersPerHour' | 'tripsFile'>): number {
  if (!hasOrders(options)) return 0
  return Math.min(options.drivers, options.tripsFile === null ? LIMITS.onDutyDefaultMax : LIMITS.onDutyMax)
}

/** Whether anybody orders anything. */
export function hasOrders(options: Pick<WorldOptions, 'ordersPerHour' | 'tripsFile'>): boolean {
  return options.tripsFile !== null || options.ordersPerHour > 0
}
