/** From what a client sent to a fix, and from what became of fixes to what a client is told. Shared by all ways in. */
import type { FixResult } from '../actors/gateway.ts'
import type { Fix } from '../domain/fix.ts'
import type { OrderId } from '../domain/ids.ts'
import type { Metrics } from './metrics/metrics.ts'
import { parseInstant } from './rfc3339.ts'
import type { LocationFrameBody } from './schemas/position.ts'

/** @param body  checked. */
export function fixOf(body: LocationFrameBody): Fix {
  return {
    latitude: body.latitude,
    longitude: body.longitude,
    speed: body.speed ?? null,
    heading: body.heading ?? null,
    accuracy: body.accuracy ?? null,
    recordedAtMs: recordedAtMs(body.recorded_at),
    // Phones of other systems name orders of their own; it is kept with the position, whatever it is.
    orderId: (body.order_id ?? null) as OrderId | null,
  }
}

function recordedAtMs(value: string | number | null | undefined): number | null {
  return typeof value === 'string' ? parseInstant(value) : (value ?? null)
}

export type Settled =
  | { readonly kind: 'accepted'; readonly status: 'committed' | 'late' }
  | { readonly kind: 'ignored'; readonly reason: 'duplicate' | 'implausible_jump' }
  | { readonly kind: 'refused'; readonly code: 'not_found' | 'unstorable' | 'overloaded'; readonly message: string }

const SETTLED: Readonly<Record<FixResult['result'], Settled>> = {
  committed: { kind: 'accepted', status: 'committed' },
  late: { kind: 'accepted', status: 'late' },
  duplicate: { kind: 'ignored', reason: 'duplicate' },
  implausible_jump: { kind: 'ignored', reason: 'implausible_jump' },
  unknown_driver: { kind: 'refused', code: 'not_found', message: 'There is no such driver.' },
  dead: {
    kind: 'refused',
    code: 'unstorable',
    message: 'The position cannot be stored, because its time lies outside of what is kept.',
  },
  overloaded: { kind: 'refused', code: 'overloaded', message: 'Not taken in; send it again.' },
}

export function settledAs(result: FixResult, metrics: Metrics): Settled {
  metrics.positions[result.result]++
  return SETTLED[result.result]
}
