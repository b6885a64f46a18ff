import type { DriverId } from '../../domain/ids.ts'
import type { ReplyTo } from '../runtime/envelope.ts'

export interface PricingAsk {
  readonly kind: 'pricing.ask'
  readonly replyTo?: ReplyTo
}

/** Fed by quotes (demand) and by drivers that come and go (supply). */
export type PriceCellMessage =
  | PricingAsk
  | { readonly kind: 'pricing.driver'; readonly driverId: DriverId; readonly here: boolean }

export interface PricingReply {
  readonly kind: 'surge'
  /** 1,000 is no surge. */
  readonly multiplierPermille: number
  readonly round: number
  readonly demand: number
  readonly supply: number
}
