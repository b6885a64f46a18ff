import { useState } from 'preact/hooks'
import type { RatingWanted } from './core/state.ts'
import { COMMENT_MAX } from './core/words.ts'
import type { Courier } from './courier.ts'

const STARS = [1, 2, 3, 4, 5] as const

/** Not in the way: the next offer or order goes on above it. */
export function RatingSheet({ courier, wanted }: { courier: Courier; wanted: RatingWanted }) {
  const [stars, setStars] = useState<number | null>(null)
  const [comment, setComment] = useState('')
  const rate = (event: Event) => {
    event.preventDefault()
    if (stars === null) return
    courier.tap({ kind: 'rate', stars, comment: comment.trim() === '' ? null : comment.trim() })
  }
  return (
    <form class="card rating" onSubmit={rate} aria-labelledby="rating">
      <h2 id="rating">How was {wanted.customerId}?</h2>
      <fieldset class="stars">
        <legend class="unseen">Stars</legend>
        {STARS.map(count => (
          <label key={count} class={stars !== null && count <= stars ? 'star star-on' : 'star'}>
            <input type="radio" name="stars" checked={stars === count} onChange={() => setStars(count)} />
            <span aria-hidden="true">★</span>
            <span class="unseen">{count === 1 ? '1 star' : `${count} stars`}</span>
          </label>
        ))}
      </fieldset>
      <label for="comment">For your dispatcher, not for the customer</label>
      <input
        id="comment"
        maxLength={COMMENT_MAX}
        autocomplete="off"
        value={comment}
        onInput={event => setComment(event.currentTarget.value)}
      />
      <div class="pair">
        <button type="button" onClick={() => courier.tap({ kind: 'skip_rating' })}>
          Skip
        </button>
        <button type="submit" class="primary" disabled={stars === null}>
          Send
        </button>
      </div>
    </form>
  )
}
