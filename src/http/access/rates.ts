/**
 * How often a caller may come, as data: so many times a minute, by role and by what it does. Generous beyond any honest app; what
 * they stop is a loop in one, and somebody who tries. Servers of the company and admins are not held, unless it is configured.
 */
import type { Method } from '../endpoint.ts'
import type { Caller, Principal } from './principal.ts'
import { ACCESS, type AccessRule } from './table.ts'

export const PER_S = 60

/** `socket`: opening one; what comes over it has limits of its own. */
const RATE_KINDS = ['read', 'write', 'position', 'socket'] as const
export type RateKind = (typeof RATE_KINDS)[number]

/**
 * As `driver.position`; or of one address: `address.refused` wrong credentials, `address.request` whatever it sends; or of one
 * route, as `POST /v1/quotes` or `WS /v1/live`: each caller by itself.
 */
export type RateName = `${Caller}.${RateKind}` | 'address.refused' | 'address.request' | `${Method | 'WS'} /${string}`
export type Rates = ReadonlyMap<string, number>

const DEFAULTS = {
  // A page that asks each second, of a few orders.
  'customer.read': 600,
  'customer.write': 60,
  'customer.socket': 60,
  'driver.read': 600,
  'driver.write': 300,
  // Ten a second over HTTP; phones send one, and what piled up in a tunnel as batches.
  'driver.position': 600,
  'driver.socket': 60,
  'link.read': 120,
  'link.socket': 60,
  'dispatcher.read': 6_000,
  'dispatcher.write': 1_200,
  'dispatcher.socket': 120,
  'address.refused': 300,
} as const satisfies Partial<Record<RateName, number>>

const PER_MINUTE_MAX = 10_000_000

/** The rates by default, with those that the text says otherwise, as `customer.write=30,link.read=off`; or `off`. @returns what is wrong with it, in words. */
export function readRates(text: string): Rates | string {
  if (text === 'off') return new Map()
  const rates = new Map<string, number>(Object.entries(DEFAULTS))
  for (const entry of text.split(',').filter(part => part.trim() !== '')) {
    const [, name = '', value = ''] =
      /^\s*([a-z.]+|[A-Z]+ \/[a-z0-9_{}./-]*)\s*=\s*([0-9]{1,9}|off)\s*$/.exec(entry) ?? []
    const perMinute = Number(value)
    if (!isRateName(name)) return `does not know "${entry.trim()}"; it is a list as customer.write=30,link.read=off`
    if (value === 'off') rates.delete(name)
    else if (perMinute >= 1 && perMinute <= PER_MINUTE_MAX) rates.set(name, perMinute)
    else return `must be 1 to ${PER_MINUTE_MAX} a minute for ${name}, or off`
  }
  return rates
}

const CALLERS: readonly Caller[] = ['customer', 'driver', 'dispatcher', 'service', 'admin', 'link']

function isRateName(name: string): boolean {
  const [caller, kind, ...rest] = name.split('.')
  if (name === 'address.refused' || name === 'address.request' || ACCESS.has(name)) return true
  return rest.length === 0 && CALLERS.some(each => each === caller) && RATE_KINDS.some(each => each === kind)
}

export function kindOf(method: Method, { scope }: AccessRule): RateKind {
  // Also by GET: that is how some phones send them.
  if (scope === 'positions:write') return 'position'
  return method === 'GET' ? 'read' : 'write'
}

/** Each key by itself; a token by whom it speaks for, since there may be any number of those. */
export function whoSpends({ role, id, key }: Principal): string {
  return key?.keyId ?? `${role}:${id}`
}
