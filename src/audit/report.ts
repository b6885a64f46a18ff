import { join } from 'node:path'
import type { AuditOptions } from './args.ts'
import { FINDING_KINDS, type FindingKind } from './findings.ts'
import type { Ledger } from './ledger.ts'
import type { Rig } from './rig.ts'

/** The one line of an audit. */
export type AuditReport = Readonly<Record<FindingKind, number>> & {
  readonly rounds: number
  readonly faults: Readonly<Record<string, number>>
  /** Processes that were ended, or stopped for a while. */
  readonly kills: Readonly<Record<string, number>>
  /** Of a cluster only. How long the orders of killed nodes stood still, and shards that were handed off. */
  readonly nodes?: number
  readonly takeovers?: number
  readonly takeover_ms_p50?: number
  readonly takeover_ms_max?: number
  readonly handoff_max_ms?: number
  readonly orders_acked: number
  readonly positions_acked: number
  readonly accepts_acked: number
  readonly cancels_acked: number
  readonly steps_acked: number
  readonly declines_acked: number
  readonly unassigns_acked: number
  readonly assigns_acked: number
  readonly reserves_acked: number
  readonly amends_acked: number
  readonly no_shows_acked: number
  /** Orders for later whose search was begun by the poll of their shard. */
  readonly dues: number
  readonly states_told: number
  readonly offers: number
  /** First sent when the offer was over, as its driver knew. */
  readonly late_accepts: number
  readonly recovery_ms_p50: number
  readonly recovery_ms_max: number
  readonly recovery_ms_p50_by_fault: Readonly<Record<string, number>>
  /** Of the node, where it was asked to stop: other exit codes than 0. */
  readonly unclean_stops: number
  /** Nodes that ended although nobody had asked. */
  readonly nodes_died: number
  /** Neither acknowledged nor refused at the end: no claim is made of them. */
  readonly positions_unsettled: number
  /** Answers that the contract does not foresee where they came, such as a 500. */
  readonly unexpected: Readonly<Record<string, number>>
  readonly drivers: number
  readonly seed: number
  readonly commit: string | null
}

/** From the fault to the first acknowledged booking that was begun after the processes were there again. */
export class Recoveries {
  readonly #byFault = new Map<string, number[]>()

  add(fault: string, recoveryMs: number): void {
    const known = this.#byFault.get(fault)
    if (known === undefined) this.#byFault.set(fault, [recoveryMs])
    else known.push(recoveryMs)
  }

  of(fault: string): readonly number[] {
    return this.#byFault.get(fault) ?? []
  }

  all(): readonly number[] {
    return [...this.#byFault.values()].flat()
  }
}

export interface ReportParts {
  readonly options: AuditOptions
  readonly ledger: Ledger
  readonly recoveries: Recoveries
  readonly rig: Pick<Rig, 'faults' | 'figures' | 'kills' | 'uncleanStops' | 'diedByThemselves'>
  readonly unsettled: number
}

export function reportOf({ options, ledger, recoveries, rig, unsettled }: ReportParts): AuditReport {
  const { findings } = ledger
  const states = [...ledger.told.values()].reduce((sum, told) => sum + told.size, 0)
  const wrong = Object.fromEntries(FINDING_KINDS.map(kind => [kind, findings.count(kind)]))
  const struck = rig.faults.filter(fault => recoveries.of(fault).length > 0)
  return {
    rounds: recoveries.all().length,
    faults: Object.fromEntries(rig.faults.map(fault => [fault, recoveries.of(fault).length])),
    kills: rig.kills,
    ...rig.figures,
    orders_acked: ledger.booked.size,
    positions_acked: ledger.positions.size,
    accepts_acked: ledger.count('accept'),
    cancels_acked: ledger.count('cancel'),
    steps_acked: ledger.count('step'),
    declines_acked: ledger.count('decline'),
    unassigns_acked: ledger.count('unassign'),
    assigns_acked: ledger.count('assign'),
    reserves_acked: ledger.count('reserve'),
    amends_acked: ledger.count('amend'),
    no_shows_acked: ledger.count('no_show'),
    dues: ledger.dues,
    states_told: states,
    offers: ledger.offers.size,
    late_accepts: ledger.offers.lateAccepts(),
    // The cast is what the mapping over all kinds establishes.
    ...(wrong as Record<FindingKind, number>),
    recovery_ms_p50: median(recoveries.all()),
    recovery_ms_max: Math.round(Math.max(0, ...recoveries.all())),
    recovery_ms_p50_by_fault: Object.fromEntries(struck.map(fault => [fault, median(recoveries.of(fault))])),
    unclean_stops: rig.uncleanStops,
    nodes_died: rig.diedByThemselves,
    positions_unsettled: unsettled,
    unexpected: Object.fromEntries(ledger.unexpected),
    drivers: options.drivers,
    seed: options.seed,
    commit: commit(),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)
}

/** @returns null where there is no git, or no repository. */
function commit(): string | null {
  const git = Bun.which('git')
  if (git === null) return null
  const { exitCode, stdout } = Bun.spawnSync([git, 'rev-parse', '--short', 'HEAD'], {
    cwd: join(import.meta.dir, '../..'),
    stderr: 'ignore',
  })
  return exitCode === 0 ? stdout.toString().trim() : null
}
