import type { AuditResult } from './audit.ts'
import type { Violation, Violations } from './check.ts'
import type { Histogram } from './histogram.ts'
import type { Tally } from './tally.ts'
import type { WorldOptions } from './world-options.ts'

/** What a run found, in the names in which it is printed. Means of pickup and wait are in world seconds. */
export interface Report {
  readonly sim: 'world'
  readonly seed: number
  readonly speedup: number
  readonly protocol: string
  readonly drivers: number
  readonly drivers_on_duty: number
  readonly duration_s: number
  readonly interrupted: boolean
  readonly positions_sent: number
  readonly positions_acked: number
  readonly positions_rejected: Record<string, number>
  readonly positions_dropped: number
  readonly positions_unsettled: number
  readonly positions_per_s: number
  readonly ack_p50_ms: number
  readonly ack_p99_ms: number
  readonly ack_max_ms: number
  readonly watch_p50_ms: number
  readonly watch_p99_ms: number
  readonly fixes_watched: number
  readonly reconnects: number
  readonly http_retries: number
  readonly requests: number
  readonly acknowledged: number
  readonly refused: number
  readonly unanswered: number
  readonly served: number
  readonly served_share: number
  readonly lost: number
  readonly assignments: number
  readonly assign_p50_ms: number
  readonly assign_p99_ms: number
  readonly accept_p50_ms: number
  readonly accept_p99_ms: number
  readonly pickup_mean_s: number
  readonly wait_mean_s: number
  readonly offers: number
  readonly offers_accepted: number
  readonly offers_declined: number
  readonly offers_unanswered: number
  readonly offers_closed: number
  readonly offers_revoked: number
  readonly late_accepts: number
  readonly assignments_withdrawn: number
  readonly ends: Record<string, number>
  readonly refusals: Record<string, number>
  readonly other_messages: Record<string, number>
  readonly violations_count: number
  /** Contradictions that the run was too short to confirm or dispel. */
  readonly suspicions: number
  readonly violations: readonly Violation[]
  readonly versions: { readonly node: unknown; readonly bun: string }
}

export interface ReportSources {
  readonly options: WorldOptions
  readonly tally: Tally
  readonly violations: Violations
  readonly suspicions: number
  readonly audit: AuditResult
  /** Real time from the first request or position to the end of demand. */
  readonly demandMs: number
  /** To the last position. */
  readonly reportingMs: number
  readonly vehicles: number
  readonly unsettledPoints: number
  readonly httpRetries: number
  readonly interrupted: boolean
  readonly nodeVersion: unknown
}

export function report(sources: ReportSources): Report {
  const { options, tally, violations, audit } = sources
  return {
    sim: 'world',
    seed: options.seed,
    speedup: options.speedup,
    protocol: options.protocol,
    drivers: sources.vehicles,
    drivers_on_duty: Math.min(options.onDuty, sources.vehicles),
    duration_s: rounded(sources.demandMs / 1_000),
    interrupted: sources.interrupted,
    ...positions(sources),
    requests: tally.requests,
    acknowledged: tally.acknowledged,
    refused: tally.refused,
    unanswered: tally.unanswered,
    served: tally.served,
    served_share: share(tally.served, tally.requests),
    lost: tally.lost,
    assignments: tally.assigned,
    assign_p50_ms: quantile(tally.assign, 0.5),
    assign_p99_ms: quantile(tally.assign, 0.99),
    accept_p50_ms: quantile(tally.accept, 0.5),
    accept_p99_ms: quantile(tally.accept, 0.99),
    pickup_mean_s: rounded(tally.pickupSumS / Math.max(1, tally.served)),
    wait_mean_s: rounded(tally.waitSumS / Math.max(1, tally.served)),
    ...offers(tally),
    ends: audit.ends,
    refusals: tally.refusals.toObject(),
    other_messages: tally.otherMessages.toObject(),
    violations_count: violations.count,
    suspicions: sources.suspicions,
    violations: violations.listed,
    versions: { node: sources.nodeVersion, bun: Bun.version },
  }
}

function positions({ tally, reportingMs, unsettledPoints, httpRetries }: ReportSources) {
  return {
    positions_sent: tally.positionsSent,
    positions_acked: tally.positionsAcked,
    positions_rejected: tally.positionErrors.toObject(),
    positions_dropped: tally.positionsDropped,
    positions_unsettled: unsettledPoints,
    positions_per_s: rounded((tally.positionsSent / Math.max(1, reportingMs)) * 1_000),
    ack_p50_ms: quantile(tally.ack, 0.5),
    ack_p99_ms: quantile(tally.ack, 0.99),
    ack_max_ms: rounded(tally.ack.maxMs),
    watch_p50_ms: quantile(tally.watch, 0.5),
    watch_p99_ms: quantile(tally.watch, 0.99),
    fixes_watched: tally.fixesWatched,
    reconnects: tally.reconnects,
    http_retries: httpRetries,
  }
}

function offers(tally: Tally) {
  return {
    offers: tally.offers,
    offers_accepted: tally.accepts,
    offers_declined: tally.declines,
    offers_unanswered: tally.silences,
    offers_closed: tally.offersClosed,
    offers_revoked: tally.offersRevoked,
    late_accepts: tally.lateAccepts,
    assignments_withdrawn: tally.withdrawn,
  }
}

function quantile(histogram: Histogram, q: number): number {
  return rounded(histogram.quantile(q))
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000
}
