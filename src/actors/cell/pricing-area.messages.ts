import type { CellId, DriverId } from '../../domain/ids.ts'
import type { BorderDigest } from '../../domain/surge/surge-round.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import type { NoPriceRecord, PriceRecord } from '../runtime/price-lane.ts'
import type { TimerFired } from '../runtime/turn.ts'

/** `idle` can be offered an order, or is being asked about one; `soon` will be free within minutes. */
export type Presence = 'idle' | 'soon'

/** Why a driver no longer counts: it has an order, or it does not work any more. */
export type Absence = 'busy' | 'off'

/** What gateways ask. */
export type PricingAsk =
  /** A price is asked for: counted as demand of its cell. */
  | { readonly kind: 'pricing.quote'; readonly replyTo?: ReplyTo; readonly cell: CellId; readonly asker: string }
  /** How things stand; counts as nothing. */
  | { readonly kind: 'pricing.read'; readonly replyTo?: ReplyTo; readonly cells: readonly CellId[] }

export type PricingMessage =
  | PricingAsk
  /** An order waits for a driver: its customer still asks. */
  | { readonly kind: 'pricing.waiting'; readonly cell: CellId; readonly asker: string }
  | {
      readonly kind: 'pricing.driver'
      readonly driverId: DriverId
      readonly cell: CellId
      readonly is: Presence | Absence
    }
  /** From the metropolis beside this one, after each of its rounds. */
  | { readonly kind: 'pricing.border'; readonly digest: BorderDigest }
  | PriceRecord
  | NoPriceRecord
  | TimerFired

export interface CellPrice {
  readonly cell: CellId
  /** 1,000 is no surge. */
  readonly multiplierPermille: number
  readonly demand: number
  /** Drivers; whoever has just left counts in part. */
  readonly supply: number
}

export type PricingReply =
  | {
      readonly kind: 'surge'
      /** The stored round that all of them are of; 0 before the first. */
      readonly round: number
      readonly cells: readonly CellPrice[]
    }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' }
