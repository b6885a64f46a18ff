/** What was told, held against the life of the order in the journal. Pure: each rule returns what breaks it. */
import type { Finding } from './findings.ts'
import type { Ack } from './ledger.ts'
import type { OfferFacts } from './offer-book.ts'
import type { OfferLife, OrderLife } from './replay.ts'
import type { OrderTold } from './told.ts'

/** An accept that was sent so long after the time of its offer cannot have come in time. Same machine, same clock. */
const LATE_MARGIN_MS = 250
const NO_SHOW = 'no_show'

/** Every order that was told is the record's at that version: neither more than was committed, nor another driver's. */
export function judgeTold({ orderId, version, status, driverId }: OrderTold, life: OrderLife): Finding | null {
  const state = life.states[version - 1]
  if (state === undefined) {
    const about = { order: orderId, told: { version, status, driverId }, journal_ends_at: life.states.length }
    return { kind: 'lost', what: 'an order was told in a version that is not in the journal', about }
  }
  if (state.status === status && state.driverId === driverId) return null
  const kind = driverId !== null && state.driverId !== driverId ? 'double_assigned' : 'lost'
  const about = { order: orderId, version, told: { status, driverId }, journal: state }
  return { kind, what: 'an order was told otherwise than it is in the journal', about }
}

export function judgeAck(ack: Ack, life: OrderLife): Finding | null {
  if (isInJournal(ack, life)) return null
  return { kind: 'lost', what: `acknowledged, not in the journal: ${ack.kind}`, about: { ...ack } }
}

function isInJournal(ack: Ack, { events, states }: OrderLife): boolean {
  switch (ack.kind) {
    case 'accept':
      return events.some(e => e.type === 'assigned' && e.offerId === ack.offerId && e.driverId === ack.driverId)
    case 'decline':
      return events.some(e => e.type === 'offer_closed' && e.offerId === ack.offerId && e.refused === true)
    case 'step':
      return events.some(e => e.type === 'status' && e.status === ack.status && e.driverId === ack.driverId)
    case 'cancel':
      // Or it was given up at the door before: to cancel it then is answered as done.
      return (
        states.at(-1)?.status === 'cancelled' &&
        events.some(e => e.type === 'cancelled' && (e.reason === ack.reason || e.reason === NO_SHOW))
      )
    case 'unassign':
      return events.some(e => e.type === 'unassigned' && e.reason === ack.reason)
    case 'unreserve':
      return events.some(e => e.type === 'unreserved' && e.reason === ack.reason)
    case 'amend':
      return events.some(e => e.type === 'amended' && e.notes === ack.notes)
    case 'no_show':
      return states.at(-1)?.status === 'cancelled' && events.some(e => e.type === 'cancelled' && e.reason === NO_SHOW)
    case 'reserve':
      return events.some(e => e.type === 'reserved' && e.driverId === ack.driverId)
    case 'assign':
      return events.some(e => e.type === 'assigned' && e.driverId === ack.driverId)
    case 'taken_back':
      return events.some((e, i) => {
        if (states[i - 1]?.driverId !== ack.driverId) return false
        return (
          e.type === 'unassigned' || e.type === 'cancelled' || (e.type === 'assigned' && e.driverId !== ack.driverId)
        )
      })
  }
}

/**
 * An offer is won in its time, by a driver who said yes, and whoever is told that it is over is told the truth.
 *
 * @param isDispatched  a dispatcher has asked for this driver: then nobody needs to have said yes.
 */
export function judgeOffer(facts: OfferFacts, life: OrderLife, isDispatched: boolean): Finding[] {
  const offer = life.offers.get(facts.offerId)
  const about = { ...facts, journal: offer ?? null }
  if (offer === undefined) return [{ kind: 'lost', what: 'an offer was made that is not in the journal', about }]
  const found: Finding[] = []
  const revoked = (what: string) => found.push({ kind: 'revoked_accepted', what, about })
  if (offer.assignedAtMs !== null && facts.acceptSentAtMs === null && !isDispatched) {
    found.push({ kind: 'journal_violations', what: 'assigned, and nobody had accepted', about })
  }
  if (facts.wonAtMs !== null && (facts.acceptSentAtMs ?? 0) > facts.expiresAtMs + LATE_MARGIN_MS && !isDispatched) {
    revoked('accepted although its time was over')
  }
  if (wasToldOver(facts) && offer.assignedAtMs !== null && (offer.endedAtMs ?? Infinity) > (facts.closedAtMs ?? 0)) {
    revoked(`its driver was told ${facts.closedAs}, and had it`)
  }
  return found
}

/** A refusal of an offer that has been won meanwhile is answered as too late, which says nothing of the winner. */
function wasToldOver({ closedAtMs, closedAs, isDeclineSent }: OfferFacts): boolean {
  return closedAtMs !== null && !(closedAs === 'offer_closed' && isDeclineSent)
}

/** What the journal says of an offer by itself, whoever was told. */
export function judgeOfferLife(orderId: string, offer: OfferLife): Finding | null {
  const about = { order: orderId, ...offer }
  if (offer.assignedAtMs === null) return null
  if (offer.closedAtMs !== null) return { kind: 'revoked_accepted', what: 'closed and assigned', about }
  if (offer.assignedAtMs >= offer.expiresAtMs)
    return { kind: 'revoked_accepted', what: 'assigned after its time', about }
  return null
}
