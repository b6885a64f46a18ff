/** English. Calm, short, and never more certain than we are. */
import type { Texts } from './texts.ts'

const UNITS = { second: 's', minute: 'min', hour: 'h' } as const

export const english: Texts = {
  language: 'en',
  headline: (status, isLookingAgain) => {
    switch (status) {
      case 'scheduled':
        return 'Booked for later'
      case 'placed':
        return isLookingAgain ? 'Finding you another courier' : 'Finding you a courier'
      case 'assigned':
        return 'A courier has your order'
      case 'en_route_to_pickup':
        return 'Courier on the way to the pickup'
      case 'at_pickup':
        return 'Courier is at the pickup'
      case 'en_route_to_dropoff':
        return 'On the way to you'
      case 'delivered':
        return 'Delivered'
      case 'cancelled':
        return 'Cancelled'
      case 'expired':
        return 'No courier was free'
    }
  },
  detail: (status, { scheduledFor, endedAt, proof }) => {
    const at = endedAt === null ? '' : ` at ${endedAt}`
    switch (status) {
      case 'scheduled':
        return scheduledFor === null ? 'We look for a courier in good time.' : `It is planned for ${scheduledFor}.`
      case 'placed':
        return 'As soon as one accepts, you see here when to expect them.'
      case 'delivered':
        return `Your order was handed over${at}${provenBy(proof)}.`
      case 'cancelled':
        return `This order was cancelled${at}. If that surprises you, ask whoever sent you this link.`
      case 'expired':
        return `Nobody could take it in time, so the order was closed${at}. Whoever placed it can order again.`
      case 'assigned':
      case 'en_route_to_pickup':
      case 'at_pickup':
      case 'en_route_to_dropoff':
        return null
    }
  },
  shortStatus: {
    scheduled: 'Booked',
    placed: 'Finding a courier',
    assigned: 'Courier found',
    en_route_to_pickup: 'To the pickup',
    at_pickup: 'At the pickup',
    en_route_to_dropoff: 'On the way',
    delivered: 'Delivered',
    cancelled: 'Cancelled',
    expired: 'No courier',
  },
  eta: (eta, clock) => {
    switch (eta.kind) {
      case 'unknown':
        return { large: '–', small: 'No arrival time yet' }
      case 'in':
        return { large: `${eta.minutes} min`, small: `Arrives around ${clock}` }
      case 'now':
        return { large: 'Any minute', small: `Expected around ${clock}` }
      case 'late':
        return { large: 'Running late', small: `Was expected around ${clock}` }
    }
  },
  minutes: minutes => `${minutes} min`,
  step: {
    placed: 'Booked',
    assigned: 'Courier found',
    at_pickup: 'At the pickup',
    en_route_to_dropoff: 'On the way to you',
    delivered: 'Delivered',
    cancelled: 'Cancelled',
    expired: 'No courier was free',
  },
  expected: clock => `around ${clock}`,
  positionOld: ({ count, unit }) => `Position from ${count} ${UNITS[unit]} ago`,
  ago: ({ count, unit }) => `${count} ${UNITS[unit]} ago`,
  positionFresh: 'Position is live',
  positionUnknown: 'Position not known yet',
  line: {
    connecting: 'Connecting …',
    live: 'Live',
    asking: 'Updates every few seconds',
    offline: 'You are offline',
    unreachable: 'No connection, trying again',
    over: '',
    gone: '',
  },
  asOf: clock => `This is how things stood at ${clock}.`,
  courier: 'Your courier',
  vehicle: type => sentence(type.replaceAll(/[_-]+/g, ' ')),
  pin: 'Your PIN',
  pinHint: 'Tell it to the courier at the door, and to nobody else.',
  progress: 'How far it is',
  mapLabel: 'Map with the courier, the pickup and the drop-off',
  showMap: 'Show the map',
  mapLoading: 'Loading the map …',
  mapFailed: 'The map could not be shown. Everything else is here.',
  recentre: 'Centre',
  pickup: 'Pickup',
  dropoff: 'Drop-off',
  twoFingers: 'Use two fingers to move the map',
  scrollKey: 'Hold Ctrl (or ⌘) and scroll to zoom the map',
  gone: {
    headline: 'This link shows nothing any more',
    detail: 'Tracking links end some time after their order. If you still wait for one, ask whoever sent you the link.',
  },
  loading: 'Looking up your order …',
  cannotStart: 'We cannot reach the service right now. This page keeps trying.',
  orderName: shortId => `Order ${shortId}`,
  title: 'Your order',
}

function provenBy(proof: { pin: boolean; photo: boolean; signature: boolean } | null): string {
  if (proof === null) return ''
  const ways = [
    ...(proof.pin ? ['with your PIN'] : []),
    ...(proof.signature ? ['against a signature'] : []),
    ...(proof.photo ? ['with a photo'] : []),
  ]
  return ways.length === 0 ? '' : `, ${ways.join(' and ')}`
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
