import { useState } from 'preact/hooks'
import type { Order, OrderEvent, Place } from '../shared/views.ts'
import { money, plain, short } from '../shared/words.ts'
import { copyTrackingLink, select, unassignOrder } from './actions.ts'
import { CancelOrder } from './cancel-order.tsx'
import * as state from './state.ts'
import { momentWords, whenWords } from './when-words.ts'
import { WhyThisDriver } from './why-this-driver.tsx'

const ENDED = ['delivered', 'cancelled', 'expired']
const BEFORE_PICKUP = ['assigned', 'en_route_to_pickup', 'at_pickup']

export function OrderPanel({ orderId }: { orderId: string }) {
  const order = state.selectedOrder.value
  return (
    <aside class="panel detail" aria-label="Order">
      <div class="panel-title">
        <div>
          <p class="over">Order {short(orderId)}</p>
          <h2>{order === null ? 'No longer listed' : plain(order.status)}</h2>
        </div>
        <button type="button" class="plain close" aria-label="Close" onClick={() => select(null)}>
          ×
        </button>
      </div>
      {order !== null && <Facts order={order} />}
      {order !== null && order.tracking_url !== null && <TrackingLink url={order.tracking_url} />}
      {order !== null && !ENDED.includes(order.status) && <Acts key={order.order_id} order={order} />}
      <WhyThisDriver order={order} />
      <Timeline events={state.events.value} />
    </aside>
  )
}

function Facts({ order }: { order: Order }) {
  const { price, driver, eta } = order
  return (
    <dl class="facts">
      {order.scheduled_at !== null && <Fact name="Booked for">{whenWords(order.scheduled_at)}</Fact>}
      <Fact name="Driver">
        {driver === null ? (
          driverWords(order)
        ) : (
          <button type="button" class="as-link" onClick={() => select({ kind: 'driver', id: driver.driver_id })}>
            {driver.name ?? driver.driver_id}
          </button>
        )}
      </Fact>
      <Fact name="Pickup">{eta.pickup_at === null ? '–' : momentWords(eta.pickup_at)}</Fact>
      <Fact name="Dropoff">{eta.dropoff_at === null ? '–' : momentWords(eta.dropoff_at)}</Fact>
      <Fact name="Price">{money(price.amount, price.currency)}</Fact>
      <Fact name="From">{placeWords(order.pickup)}</Fact>
      <Fact name="To">{placeWords(order.dropoff)}</Fact>
      {order.customer_id !== null && <Fact name="Customer">{order.customer_id}</Fact>}
      {order.reason !== null && <Fact name="Reason">{order.reason}</Fact>}
    </dl>
  )
}

function driverWords({ status }: Order): string {
  return status === 'placed' ? 'Looking for one' : status === 'scheduled' ? 'Not looked for yet' : 'None'
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function placeWords({ address, latitude, longitude }: Place): string {
  return address ?? `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`
}

/** For whoever waits for the order: it shows how that stands, and needs no key. */
function TrackingLink({ url }: { url: string }) {
  return (
    <div class="acts">
      <button type="button" onClick={() => void copyTrackingLink(url)}>
        Copy tracking link
      </button>
    </div>
  )
}

function Acts({ order }: { order: Order }) {
  const [isCancelling, setCancelling] = useState(false)
  return (
    <div class="acts">
      {(order.status === 'placed' || BEFORE_PICKUP.includes(order.status)) && <ChooseDriver orderId={order.order_id} />}
      {BEFORE_PICKUP.includes(order.status) && (
        <button type="button" onClick={() => void unassignOrder(order.order_id)}>
          Find another driver
        </button>
      )}
      <button type="button" class="danger" onClick={() => setCancelling(true)}>
        Cancel order
      </button>
      {isCancelling && <CancelOrder orderId={order.order_id} onClose={() => setCancelling(false)} />}
    </div>
  )
}

/** The next click on a vehicle, or on a row of the drivers, says who is to have it. */
function ChooseDriver({ orderId }: { orderId: string }) {
  const isChoosing = state.choosingFor.value === orderId
  const toggle = () => {
    state.choosingFor.value = isChoosing ? null : orderId
    if (!isChoosing) state.listOf.value = 'drivers'
  }
  return (
    <>
      <button type="button" aria-pressed={isChoosing} onClick={toggle}>
        {isChoosing ? 'Choose nobody' : 'Give to a driver'}
      </button>
      {isChoosing && (
        <p class="hint" role="status">
          Click a vehicle on the map, or a driver in the list.
        </p>
      )}
    </>
  )
}

function Timeline({ events }: { events: readonly OrderEvent[] }) {
  if (events.length === 0) return null
  return (
    <section>
      <h3>Timeline</h3>
      <ol class="timeline">
        {events.toReversed().map(event => (
          <li key={event.seq}>
            <time dateTime={event.at}>{momentWords(event.at)}</time>
            <div>
              <strong>{event.type === 'status' ? plain(event.status) : plain(event.type)}</strong>
              <small>{aboutEvent(event)}</small>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

function aboutEvent({ driver_id, by, reason }: OrderEvent): string {
  const who = by.role === 'system' ? null : `by ${by.role}`
  return [driver_id, who, reason].filter(part => part !== undefined && part !== null).join(' · ')
}
