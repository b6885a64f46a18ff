import { useEffect } from 'preact/hooks'
import { ago, distance, money } from '../shared/words.ts'
import { beginDraft, bookDraft, priceDraft } from './draft.ts'
import * as state from './state.ts'

export function DraftPanel({ draft }: { draft: state.Draft }) {
  const { pickup, dropoff, quote, problem } = draft
  // One that was kept over a sign-in has no price.
  useEffect(() => void priceDraft(), [])
  const leave = () => {
    state.draft.value = null
  }
  return (
    <aside class="panel detail" aria-label="New order">
      <div class="panel-title">
        <div>
          <p class="over">New order</p>
          <h2 aria-live="polite">{stepWords(draft)}</h2>
        </div>
        <button type="button" class="plain close" aria-label="Close" onClick={leave}>
          ×
        </button>
      </div>
      <ol class="steps">
        <li aria-current={pickup === null ? 'step' : undefined}>Click where it is picked up</li>
        <li aria-current={pickup !== null && dropoff === null ? 'step' : undefined}>Click where it goes</li>
        <li aria-current={dropoff !== null ? 'step' : undefined}>Check the price, and book</li>
      </ol>
      {quote !== null && (
        <>
          <p class="price">{money(quote.amount, quote.currency)}</p>
          <dl class="facts">
            <div>
              <dt>Way</dt>
              <dd>{distance(quote.distance_m)}</dd>
            </div>
            <div>
              <dt>Takes</dt>
              <dd>{ago(quote.duration_s * 1_000)}</dd>
            </div>
            <div>
              <dt>Pickup in</dt>
              <dd>{quote.pickup_eta_s === null ? 'nobody near' : ago(quote.pickup_eta_s * 1_000)}</dd>
            </div>
            <div>
              <dt>Surge</dt>
              <dd>{quote.surge.multiplier === 1 ? 'none' : `× ${quote.surge.multiplier.toFixed(2)}`}</dd>
            </div>
          </dl>
        </>
      )}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="acts">
        {quote !== null && (
          <button type="button" class="primary" onClick={() => void bookDraft()}>
            Book
          </button>
        )}
        {pickup !== null && (
          <button type="button" onClick={beginDraft}>
            Begin again
          </button>
        )}
      </div>
    </aside>
  )
}

function stepWords({ pickup, dropoff, quote, problem }: state.Draft): string {
  if (pickup === null) return 'Where from?'
  if (dropoff === null) return 'Where to?'
  if (problem !== null) return 'This cannot be booked'
  return quote === null ? 'Asking for the price …' : 'Ready to book'
}
