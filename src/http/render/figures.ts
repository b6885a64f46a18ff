import { LATENCY_BOUNDS_S } from '../../actors/runtime/histogram.ts'
import { boundedSteps, durationSteps, quantile } from '../../domain/spread.ts'
import { MINUTE_MS } from '../../store/minutes.ts'
import type { Minute } from '../figures/hour.ts'

type Together = Omit<Minute, 'atMs'>

export function renderFigures(minutes: readonly Minute[]): object {
  const fromMs = minutes[0]?.atMs ?? 0
  return {
    from: instant(fromMs),
    to: instant((minutes.at(-1)?.atMs ?? fromMs) + MINUTE_MS),
    bucket_s: MINUTE_MS / 1_000,
    hour: figuresOf(minutes.reduce<Together>(together, NOTHING)),
    data: minutes.map(minute => ({ at: instant(minute.atMs), ...figuresOf(minute) })),
  }
}

function figuresOf({ orders, pickups, acknowledged, onDuty, busy }: Together): object {
  const { placed, delivered, cancelled, expired } = orders
  const ended = delivered + cancelled + expired
  const pickupS = durationSteps(pickups)
  const acknowledgementS = boundedSteps(LATENCY_BOUNDS_S, acknowledged)
  return {
    orders_placed: placed,
    orders_delivered: delivered,
    orders_cancelled: cancelled,
    orders_expired: expired,
    served_ratio: ended === 0 ? null : rounded(delivered / ended, 3),
    pickups: pickupS.reduce((sum, { count }) => sum + count, 0),
    pickup_p50_s: rounded(quantile(pickupS, 0.5), 1),
    pickup_p90_s: rounded(quantile(pickupS, 0.9), 1),
    utilisation_ratio: onDuty === 0 ? null : rounded(busy / onDuty, 3),
    positions_acknowledged: acknowledged.reduce((sum, count) => sum + count, 0),
    acknowledgement_p99_ms: rounded(scaled(quantile(acknowledgementS, 0.99), 1_000), 1),
  }
}

const NOTHING: Together = {
  orders: { placed: 0, delivered: 0, cancelled: 0, expired: 0 },
  pickups: new Map(),
  acknowledged: [],
  onDuty: 0,
  busy: 0,
}

function together(a: Together, b: Together): Together {
  const pickups = new Map(a.pickups)
  for (const [step, count] of b.pickups) pickups.set(step, (pickups.get(step) ?? 0) + count)
  const places = Math.max(a.acknowledged.length, b.acknowledged.length)
  return {
    orders: {
      placed: a.orders.placed + b.orders.placed,
      delivered: a.orders.delivered + b.orders.delivered,
      cancelled: a.orders.cancelled + b.orders.cancelled,
      expired: a.orders.expired + b.orders.expired,
    },
    pickups,
    acknowledged: Array.from({ length: places }, (_, i) => (a.acknowledged[i] ?? 0) + (b.acknowledged[i] ?? 0)),
    onDuty: a.onDuty + b.onDuty,
    busy: a.busy + b.busy,
  }
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor
}

function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits))
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
