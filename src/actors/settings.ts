import type { DispatchRuleset } from '../domain/dispatch-ruleset.ts'

/** What deciders are told about the deployment. Data, so that a decision can be replayed with the same settings. */
export interface DispatchSettings {
  readonly shards: number
  /** Offers are accepted for the drivers as soon as they hold them. */
  readonly acceptAutomatically: boolean
  /** How many drivers are asked at once: 1, or k of `broadcast:k`. */
  readonly offersAtOnce: number
  readonly offerTtlMs: number
  readonly orderTtlMs: number
  /** A scheduled order wants a driver this long before its time. */
  readonly scheduleLeadMs: number
  /** One that is found later than this after its time is not dispatched any more. */
  readonly scheduleLateMs: number
  /** Where the rules of the price say nothing: a driver waits so long for somebody who does not come. */
  readonly noShowAfterMs: number
  /** A driver with no position for this long is offered nothing. */
  readonly staleMs: number
  /** The least time that a matching cell collects before it solves a batch. */
  readonly matchWindowMs: number
  /** No driver farther than this (seconds of travel) is proposed. */
  readonly pickupMaxS: number
  /** A driver whose order ends within this is soon idle, and may be given one to follow; 0: drivers have one at a time. */
  readonly lookAheadMs: number
  readonly ruleset: DispatchRuleset
}

/** An actor that answers nothing for this long is asked again. A hop inside a node takes well under a millisecond. */
export const RETRY_MS = 2_000

/** How long after its expiry a hold is kept before the order is asked: covers clocks that differ between machines. */
export const SKEW_MARGIN_MS = 2_000

/**
 * A driver that holds an offer asks this often whether it still is one. The order may have closed it, or been given to the driver, and its
 * node may have died before it said so: until it asks the driver is offered nothing, and drives nowhere. Most offers are answered before.
 */
export const VERIFY_HOLD_EVERY_MS = 5_000

/** Drivers and open orders tell their cell again this often, so that a cell that lost its memory has it back soon. */
export const ANNOUNCE_EVERY_MS = 10_000

/** An order that was not announced for this long is forgotten by its cell, and a driver that was not in a price cell. */
export const ANNOUNCEMENT_TTL_MS = 35_000

/** Until then a driver may refuse work for an order that has let it go, or that it never had. */
export const VERIFY_RESERVATIONS_EVERY_MS = 120_000

/** An order that is due asks the driver that it is promised to this often, while that one may still be under way. */
export const RESERVED_RETRY_MS = 20_000

/** A driver with a load asks now and then whether it still has it: mends a lost `driver.ended`. */
export const VERIFY_LOAD_EVERY_MS = 60_000

/**
 * What a driver has worked is stored this long after it has changed: at most so much of it is lost in a crash. Not in the turn that
 * changes it: its phone would wait for that commit, and for a count nobody waits.
 */
export const WORK_KEPT_WITHIN_MS = 15_000

/** Refusals remembered per order: it is in each word to its cell. With as many the order is offered to nobody else. */
export const REFUSALS_MAX = 500

/** Answers awaited per offer: repeats of one driver's accept while the hold is under way. */
export const WAITING_MAX = 16
