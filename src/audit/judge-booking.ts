/** What holds of orders for later, by their journal alone. Pure: each rule returns what breaks it. */
import type { Finding } from './findings.ts'
import type { JournalEvent, OrderLife } from './replay.ts'

/**
 * From when it was due until its search began: a shard is taken over within seconds and polled once a second, and processes that were
 * killed need some to start.
 */
const DUE_MAX_MS = 60_000

/**
 * An order for later becomes due once, not before its time and not long after it, whatever dies meanwhile; until then nobody has it; and
 * whoever it is promised to then is asked first.
 *
 * @param isDispatched  a dispatcher has asked for that driver: over the promise, as it may.
 */
export function judgeBooking(
  orderId: string,
  { events, states }: OrderLife,
  isDispatched: (driverId: string) => boolean,
): Finding[] {
  const dues = events.filter(({ type }) => type === 'due')
  const found: Finding[] = []
  if (dues.length > 1)
    found.push({ kind: 'repeated', what: 'due twice', about: { order: orderId, times: dues.length } })
  let dueAtMs = 0
  let promisedTo: string | null = null
  for (const [i, event] of events.entries()) {
    const before = states[i - 1]?.status
    dueAtMs = event.dueAtMs ?? dueAtMs
    if (event.type === 'assigned' && before === 'scheduled') {
      found.push({ kind: 'journal_violations', what: 'assigned before it was due', about: { order: orderId } })
    }
    if (event.type === 'reserved') promisedTo = event.driverId
    if (event.type === 'unreserved' || event.type === 'assigned') promisedTo = null
    if (event.type === 'due') found.push(...timely(orderId, event, dueAtMs))
    if (event.type === 'offered' && before === 'placed' && promisedTo !== null) {
      found.push(...askedFirst(orderId, event, driverId => driverId === promisedTo || isDispatched(driverId)))
    }
  }
  return found
}

function timely(orderId: string, { atMs }: JournalEvent, dueAtMs: number): Finding[] {
  const about = { order: orderId, due_at: dueAtMs, began_at: atMs }
  if (atMs < dueAtMs) return [{ kind: 'journal_violations', what: 'its search began before it was due', about }]
  return atMs - dueAtMs > DUE_MAX_MS ? [{ kind: 'lost', what: 'its search began long after it was due', about }] : []
}

function askedFirst(orderId: string, { offers }: JournalEvent, mayBeAsked: (driverId: string) => boolean): Finding[] {
  const asked = (offers ?? []).map(({ driverId }) => driverId)
  if (asked.every(mayBeAsked)) return []
  const about = { order: orderId, asked }
  return [{ kind: 'journal_violations', what: 'promised to one driver, and another was asked', about }]
}
