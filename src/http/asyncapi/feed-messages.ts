/** What is published on NATS: the events that the feed knows, in their envelope, and positions. */
import { type TObject, Type } from '@sinclair/typebox'
import { EVENT_SOURCE } from '../../feed/cloud-event.ts'
import { DRIVER_EVENTS } from '../../feed/published-driver.ts'
import { ORDER_EVENTS } from '../../feed/published-order.ts'
import { Instant, Latitude, Longitude, OrNull } from '../schemas/common.ts'
import type { DescribedMessages } from './message.ts'

const SUMMARIES: Readonly<Record<string, string>> = {
  'order.placed': 'An order is there.',
  'order.amended': 'Its trip, its time or its words were changed.',
  'order.due': 'A scheduled order wants a driver now.',
  'order.offered': 'Drivers were asked.',
  'order.offer_closed': 'An offer can be accepted no more.',
  'order.assigned': 'The order has a driver.',
  'order.unassigned': 'It has lost its driver, and looks for another.',
  'order.status': 'The driver is a step further.',
  'order.pin_refused': 'Somebody wanted to deliver it with a wrong PIN.',
  'order.cancelled': 'Its end.',
  'order.reserved': 'An order for later is promised to a driver.',
  'order.unreserved': 'It is promised to nobody any more.',
  'order.rated': 'One side has said what it thought of the other.',
  'order.expired': 'Its end: no driver was found in time.',
  'driver.registered': 'A driver is known.',
  'driver.updated': 'A driver’s profile has changed.',
  'driver.availability': 'A driver comes, pauses or goes.',
  'driver.vehicle_changed': 'A driver has another vehicle, or none, or something about it has changed.',
  'driver.rehomed': 'A driver has moved to another region.',
  'driver.geofence_entered': 'A driver has entered a geofence. Never twice without leaving it in between.',
  'driver.geofence_left': 'A driver has left a geofence, or the fence was deleted.',
  'driver.geofence_dwelled': 'A driver has stayed in a geofence for as long as the zone says. Once per visit.',
  'driver.work_kept': 'What a driver has worked was stored. It says nothing else, and keeps the numbers without a gap.',
}

function enveloped(actor: 'order' | 'driver', events: Readonly<Record<string, TObject>>): DescribedMessages {
  return Object.fromEntries(
    Object.entries(events).map(([name, data]) => {
      const type = `waggle.${actor}.${name}`
      const about = Type.Object({ [`${actor}_id`]: Type.String(), version: Type.Integer() })
      const payload = Type.Object({
        specversion: Type.Literal('1.0'),
        id: Type.String({ description: '`<shard>-<seq>`; also the Nats-Msg-Id.' }),
        source: Type.Literal(EVENT_SOURCE),
        type: Type.Literal(type),
        subject: Type.String({ description: `The ${actor}’s id.` }),
        time: Instant,
        datacontenttype: Type.Literal('application/json'),
        mode: Type.Union([Type.Literal('live'), Type.Literal('test')], { description: '`test`: of a test key’s.' }),
        shard: Type.Integer({ minimum: 0 }),
        seq: Type.String({ pattern: '^[1-9][0-9]*$', description: 'A whole number, without gaps within its shard.' }),
        data: Type.Composite([about, data]),
      })
      return [type, { summary: SUMMARIES[`${actor}.${name}`] ?? type, payload }]
    }),
  )
}

export const ORDER_FEED: DescribedMessages = enveloped('order', ORDER_EVENTS)
export const DRIVER_FEED: DescribedMessages = enveloped('driver', DRIVER_EVENTS)

export const POSITIONS_FEED: DescribedMessages = {
  positions: {
    summary: 'The newest position of some drivers of a region. At most once: what is missed is gone.',
    payload: Type.Object({
      positions: Type.Array(
        Type.Object({
          driver_id: Type.String(),
          latitude: Latitude,
          longitude: Longitude,
          speed: OrNull(Type.Number()),
          heading: OrNull(Type.Number()),
          accuracy: OrNull(Type.Number()),
          recorded_at: Instant,
          received_at: Instant,
          order_id: OrNull(Type.String()),
        }),
      ),
    }),
  },
}
