import { useEffect, useRef } from 'preact/hooks'
import { distance, money } from '../shared/words.ts'
import { roughlyM } from './core/pace.ts'
import type { ShownOffer } from './core/state.ts'
import type { Courier } from './courier.ts'
import { minutes, placeWords } from './words.ts'

const TTL_SHOWN_S = 15
/** The ring around the seconds, as long as its circle. */
const RING = 2 * Math.PI * 26

/** Fills the screen, and leaves it by itself: see `core/offers.ts`. */
export function OfferScreen({ courier, offer }: { courier: Courier; offer: ShownOffer }) {
  const { order, offerId, pickupEtaS } = offer
  const title = useRef<HTMLHeadingElement>(null)
  // Read out when it comes; the keyboard begins there.
  useEffect(() => title.current?.focus(), [offerId])
  const isAsking = offer.answer === 'accepting'
  const away = courier.positions.last.value
  return (
    <main class="offer" aria-labelledby="offer-title">
      <div class="offer-head">
        <h1 id="offer-title" ref={title} tabIndex={-1}>
          {isAsking ? 'Asking …' : 'New order'}
        </h1>
        <Countdown leftMs={offer.expiresAtMs - courier.serverMs.value} />
      </div>
      <p>
        <span class="offer-pay">{money(order.price.amount, order.price.currency)}</span>{' '}
        <span class="quiet">price of the order</span>
      </p>
      <dl class="facts">
        <div>
          <dt>To the pickup</dt>
          <dd>
            {away === null ? '' : `${distance(roughlyM(away, order.pickup))}, `}
            {minutes(pickupEtaS)}
          </dd>
        </div>
        <div>
          <dt>Trip</dt>
          <dd>
            {distance(order.distance_m)}, {minutes(order.duration_s)}
          </dd>
        </div>
      </dl>
      <ol class="way">
        <li>
          <span>Pickup</span>
          {placeWords(order.pickup)}
        </li>
        <li>
          <span>Drop-off</span>
          {placeWords(order.dropoff)}
        </li>
      </ol>
      {order.items.length > 0 && <p class="quiet">{order.items.map(i => `${i.quantity} × ${i.name}`).join(', ')}</p>}
      <footer class="acts acts-offer">
        {isAsking ? (
          <Asking courier={courier} offer={offer} />
        ) : (
          <>
            <button type="button" class="big accept" onClick={() => courier.tap({ kind: 'accept', offerId })}>
              Accept
            </button>
            <button type="button" class="big" onClick={() => courier.tap({ kind: 'decline', offerId })}>
              Decline
            </button>
          </>
        )}
      </footer>
    </main>
  )
}

/** Until the node has answered nobody has it. */
function Asking({ courier, offer }: { courier: Courier; offer: ShownOffer }) {
  const errand = courier.state.value.errands.find(
    ({ what }) => what.kind === 'accept' && what.offerId === offer.offerId,
  )
  const isUnsure = (errand?.tries ?? 0) > 0
  return (
    <p class="asking" role="status">
      {isUnsure
        ? 'There was no answer yet, so it is not sure that the order is yours. Asking again …'
        : 'Asking whether the order is yours …'}
    </p>
  )
}

function Countdown({ leftMs }: { leftMs: number }) {
  const leftS = Math.max(0, Math.ceil(leftMs / 1_000))
  const share = Math.min(1, Math.max(0, leftMs / 1_000 / TTL_SHOWN_S))
  return (
    <div
      class={leftS <= 5 ? 'countdown countdown-late' : 'countdown'}
      role="timer"
      aria-label={`${leftS} seconds left`}
    >
      <svg viewBox="0 0 60 60" aria-hidden="true">
        <circle cx="30" cy="30" r="26" />
        <circle class="countdown-left" cx="30" cy="30" r="26" stroke-dasharray={`${RING * share} ${RING}`} />
      </svg>
      <span aria-hidden="true">{leftS}</span>
    </div>
  )
}
