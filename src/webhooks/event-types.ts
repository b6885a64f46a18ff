/**
 * What an endpoint may ask for. An event is told under the name that its receiver thinks of: a step of a trip is `order.at_pickup`
 * or `order.delivered`, not a `status` with a field. Everything else has the name that it has in the journal.
 */
import type { FeedEntry } from '../feed/ports.ts'
import { DRIVER_EVENTS } from '../feed/published-driver.ts'
import { ORDER_EVENTS } from '../feed/published-order.ts'

const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']
/** How the engine keeps its drivers: nobody's business outside. */
const INSIDE: ReadonlySet<string> = new Set(['driver.rehomed', 'driver.work_kept'])

/** Sent on demand, to whoever is asked to be sent it; not to be asked for. */
export const TEST_TYPE = 'webhook.test'

export const EVENT_TYPES: readonly string[] = [
  ...Object.keys(ORDER_EVENTS).flatMap(type => (type === 'status' ? STEPS : [type]).map(name => `order.${name}`)),
  ...Object.keys(DRIVER_EVENTS).map(type => `driver.${type}`),
].filter(type => !INSIDE.has(type))

const ALL = '*'

/** What `events` of an endpoint may hold. */
export const PATTERNS: readonly string[] = [ALL, 'order.*', 'driver.*', ...EVENT_TYPES]

export function eventTypeOf({ actorKind, type, data }: FeedEntry): string {
  const name = actorKind === 'order' && type === 'status' ? String(data.status) : type
  return `${actorKind}.${name}`
}

/** Whoever asks for one of these wants the event. Empty: it is told to nobody. */
export function patternsFor(type: string): string[] {
  return INSIDE.has(type) ? [] : [ALL, `${type.slice(0, type.indexOf('.'))}.*`, type]
}
