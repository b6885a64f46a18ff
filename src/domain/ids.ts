/**
 * Identifiers. Prefixed strings on the wire, branded here so that one kind is never passed for another.
 *
 * An order's id names its shard and an offer's id names its order, so that whoever holds an id can address
 * the actor behind it without looking anything up: `ord_<shard><time><random>`, `off_<order's tail>-<n>`.
 */
export type DriverId = string & { readonly brand: 'DriverId' }
export type OrderId = string & { readonly brand: 'OrderId' }
export type OfferId = string & { readonly brand: 'OfferId' }
export type QuoteId = string & { readonly brand: 'QuoteId' }
export type VehicleId = string & { readonly brand: 'VehicleId' }
export type ZoneId = string & { readonly brand: 'ZoneId' }
/** An H3 cell index of any resolution, as lower-case hexadecimal. */
export type CellId = string & { readonly brand: 'CellId' }
/** 0 … SHARDS − 1. */
export type ShardId = number & { readonly brand: 'ShardId' }
/** Milliseconds since the Unix epoch. */
export type UnixMs = number

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
export const SHARD_DIGITS = 2
const TIME_DIGITS = 10
const RANDOM_DIGITS = 10
const TAIL = new RegExp(`^[${ALPHABET}]{${SHARD_DIGITS + TIME_DIGITS + RANDOM_DIGITS}}$`)
const DRIVER_ID = /^[A-Za-z0-9_-]{1,64}$/
const WEBHOOK_ID = new RegExp(`^whk_[${ALPHABET}]{${TIME_DIGITS + RANDOM_DIGITS}}$`)
/** Made of what it is a delivery of: its place in the journal and its endpoint, or a name of its own. */
const DELIVERY_ID = /^dlv_[a-z0-9_-]{1,60}$/
const QUOTE_ID = new RegExp(`^quo_[${ALPHABET}]{${TIME_DIGITS + RANDOM_DIGITS}}$`)

/** In place of the first digit of a time, which is 0 until the year 3084: the id is one of test data. See `mode.ts`. */
const TEST_DIGIT = 't'

/** @param at  where the time of the id begins. */
export function isTestTime(id: string, at: number): boolean {
  return id[at] === TEST_DIGIT && id.length === at + TIME_DIGITS + RANDOM_DIGITS
}

/** The same id, as one of test data. @param at  where the time of the id begins. */
export function withTestTime<Id extends string>(id: Id, at: number): Id {
  return `${id.slice(0, at)}${TEST_DIGIT}${id.slice(at + 1)}` as Id
}

/** The most shards that the two digits of an order id can name. */
export const SHARDS_MAX = ALPHABET.length ** SHARD_DIGITS

/** A source of uniform numbers in [0, 1). */
export type Uniform = () => number

function digits(value: number, count: number): string {
  let text = ''
  let rest = value
  for (let i = 0; i < count; i++) {
    text = (ALPHABET[rest % ALPHABET.length] ?? '0') + text
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}

function randomDigits(random: Uniform, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += ALPHABET[Math.floor(random() * ALPHABET.length)] ?? '0'
  return text
}

/** Ids sort by time of creation within a shard. */
export function newOrderId(shard: ShardId, nowMs: UnixMs, random: Uniform): OrderId {
  return `ord_${digits(shard, SHARD_DIGITS)}${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}` as OrderId
}

/** Not above any quote made at that time or later, and above every one that was made before. */
export function quoteIdsFrom(atMs: UnixMs): QuoteId {
  return `quo_${digits(Math.max(0, atMs), TIME_DIGITS)}` as QuoteId
}

/** When it was made. */
export function timeOfQuote(quoteId: QuoteId): UnixMs {
  const from = 'quo_'.length
  let ms = 0
  const digits = isTestTime(quoteId, from)
    ? quoteId.slice(from + 1, from + TIME_DIGITS)
    : quoteId.slice(from, from + TIME_DIGITS)
  for (const digit of digits) ms = ms * ALPHABET.length + ALPHABET.indexOf(digit)
  return ms
}

export function newQuoteId(nowMs: UnixMs, random: Uniform): QuoteId {
  return `quo_${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}` as QuoteId
}

/**
 * The one order that can be made of a quote: its id is the quote's, on the shard of its pickup. However many ask at once, on
 * whatever nodes, they ask the same actor.
 */
export function orderIdOfQuote(quoteId: QuoteId, shard: ShardId): OrderId {
  return `ord_${digits(shard, SHARD_DIGITS)}${quoteId.slice('quo_'.length)}` as OrderId
}

/** For a driver whose caller chose no id. */
export function newDriverId(nowMs: UnixMs, random: Uniform): DriverId {
  return `drv_${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}` as DriverId
}

/** For a vehicle whose caller chose no id. */
export function newVehicleId(nowMs: UnixMs, random: Uniform): VehicleId {
  return `veh_${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}` as VehicleId
}

/** For a zone whose caller chose no id. */
export function newZoneId(nowMs: UnixMs, random: Uniform): ZoneId {
  return `zon_${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}` as ZoneId
}

/** Of an endpoint of webhooks. */
export function newWebhookId(nowMs: UnixMs, random: Uniform): string {
  return `whk_${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}`
}

export function isWebhookId(text: string): boolean {
  return WEBHOOK_ID.test(text)
}

export function isDeliveryId(text: string): boolean {
  return DELIVERY_ID.test(text)
}

/** Names what is sent by hand. */
export function webhookDeliveryTail(nowMs: UnixMs, random: Uniform): string {
  return `${digits(nowMs, TIME_DIGITS)}${randomDigits(random, RANDOM_DIGITS)}`
}

/** The n-th offer of an order; deterministic, so that a decider can name it. */
export function offerIdOf(orderId: OrderId, n: number): OfferId {
  return `off_${orderId.slice(4)}-${n}` as OfferId
}

/** @returns the order that made the offer, or null where the text is no offer id. */
export function orderOfOffer(text: string): OrderId | null {
  const dash = text.lastIndexOf('-')
  if (!text.startsWith('off_') || !/^[1-9][0-9]{0,8}$/.test(text.slice(dash + 1))) return null
  return parseOrderId(`ord_${text.slice(4, dash)}`)
}

/** @returns null where the text is no order id. */
export function parseOrderId(text: string): OrderId | null {
  return text.startsWith('ord_') && TAIL.test(text.slice(4)) ? (text as OrderId) : null
}

/** @returns null where the text is no quote id. */
export function parseQuoteId(text: string): QuoteId | null {
  return QUOTE_ID.test(text) ? (text as QuoteId) : null
}

/** @returns null unless 1–64 of `A-Za-z0-9_-`. */
export function parseDriverId(text: string): DriverId | null {
  return DRIVER_ID.test(text) ? (text as DriverId) : null
}

/** @returns null unless 1–64 of `A-Za-z0-9_-`. */
export function parseVehicleId(text: string): VehicleId | null {
  return DRIVER_ID.test(text) ? (text as VehicleId) : null
}

/** @returns null unless 1–64 of `A-Za-z0-9_-`. */
export function parseZoneId(text: string): ZoneId | null {
  return DRIVER_ID.test(text) ? (text as ZoneId) : null
}

/** The shard that an order lives on, for life. */
export function shardOfOrder(orderId: OrderId): ShardId {
  const high = ALPHABET.indexOf(orderId[4] ?? '')
  const low = ALPHABET.indexOf(orderId[5] ?? '')
  return (high * ALPHABET.length + low) as ShardId
}
