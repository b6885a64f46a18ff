/**
 * What happens after the quote and costs, or gives back, money. Each adjustment is a line with the inputs it was computed
 * from; the fare is the quoted price plus these lines, and the quoted price itself never changes.
 */
import type { UnixMs } from '../ids.ts'
import {
  type AdjustmentRules,
  CANCEL_STAGES,
  type CancellationRules,
  type CancelStage,
  type NoShowRules,
} from './ruleset.ts'
import { share } from './share.ts'

export type Adjustment =
  | {
      readonly code: 'waiting'
      readonly label: string
      readonly amount: number
      readonly fromMs: UnixMs
      readonly toMs: UnixMs
    }
  /** The quoted price, given back: nobody was driven. */
  | { readonly code: 'trip_not_made'; readonly label: string; readonly amount: number }
  | {
      readonly code: 'cancellation_fee'
      readonly label: string
      readonly amount: number
      readonly stage: CancelStage
      readonly role: string
      readonly assignedAtMs: UnixMs
      readonly atMs: UnixMs
    }
  | {
      readonly code: 'no_show_fee'
      readonly label: string
      readonly amount: number
      /** Since when its driver waited. */
      readonly fromMs: UnixMs
      readonly atMs: UnixMs
    }

/** Half a week: who waits longer has forgotten to say that it left. */
const WAIT_MAX_S = 302_400

/** From the driver's arrival, or the time ordered where that is later, to its departure. @returns null where it is free. */
export function waitingCharge(rules: AdjustmentRules, fromMs: UnixMs, toMs: UnixMs): Adjustment | null {
  if (!rules.waiting) return null
  const { freeS, perMinuteMinor, maximumMinor } = rules.waiting
  const waitedS = Math.min(WAIT_MAX_S, Math.max(0, Math.floor((toMs - fromMs) / 1_000)))
  const amount = Math.min(maximumMinor, share(perMinuteMinor, Math.max(0, waitedS - freeS), 60))
  if (amount === 0) return null
  return { code: 'waiting', label: `Waiting ${Math.floor(waitedS / 60)} min`, amount, fromMs, toMs }
}

export interface Cancelled {
  readonly quotedMinor: number
  /** The status of the order before. */
  readonly status: string
  readonly role: string
  readonly assignedAtMs: UnixMs | null
  readonly atMs: UnixMs
}

/** A trip that is not made: the price is given back, and a fee may stay. Nothing where the ruleset has no such rules. */
export function cancellationLines(rules: AdjustmentRules, cancelled: Cancelled): Adjustment[] {
  if (!rules.cancellation) return []
  const fee = cancellationFee(rules.cancellation, cancelled)
  return [tripNotMade(cancelled.quotedMinor), ...(fee ? [fee] : [])]
}

export function tripNotMade(quotedMinor: number): Adjustment {
  return { code: 'trip_not_made', label: 'Trip not made', amount: -quotedMinor }
}

export interface NoShow {
  readonly quotedMinor: number
  readonly fromMs: UnixMs
  readonly atMs: UnixMs
}

/** Somebody who was waited for and never came: the price is given back, and the fee for it stays. */
export function noShowLines({ noShow, cancellation }: AdjustmentRules, ended: NoShow): Adjustment[] {
  if (!noShow) return cancellation ? [tripNotMade(ended.quotedMinor)] : []
  const fee = noShowFee(noShow, ended)
  return [tripNotMade(ended.quotedMinor), ...(fee ? [fee] : [])]
}

function noShowFee({ afterS, feeMinor, sharePermille }: NoShowRules, ended: NoShow): Adjustment | null {
  const { quotedMinor, fromMs, atMs } = ended
  const amount = Math.min(quotedMinor, feeMinor + share(quotedMinor, sharePermille, 1_000))
  if (atMs - fromMs < afterS * 1_000 || amount === 0) return null
  return { code: 'no_show_fee', label: 'Nobody came', amount, fromMs, atMs }
}

function cancellationFee(rules: CancellationRules, cancelled: Cancelled): Adjustment | null {
  const { status, role, assignedAtMs, atMs, quotedMinor } = cancelled
  const stage = CANCEL_STAGES.find(known => known === status)
  const fee = stage && rules.byStage[stage]
  if (!stage || !fee || assignedAtMs === null || !rules.chargedRoles.includes(role)) return null
  if (atMs - assignedAtMs < rules.freeS * 1_000) return null
  const amount = Math.min(quotedMinor, fee.feeMinor + share(quotedMinor, fee.sharePermille, 1_000))
  if (amount === 0) return null
  return { code: 'cancellation_fee', label: 'Cancellation fee', amount, stage, role, assignedAtMs, atMs }
}

export function fareOf(quotedMinor: number, adjustments: readonly Adjustment[]): number {
  return adjustments.reduce((sum, line) => sum + line.amount, quotedMinor)
}
