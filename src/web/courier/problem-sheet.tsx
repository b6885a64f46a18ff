import { useState } from 'preact/hooks'
import { isBeforePickup } from './core/order.ts'
import type { Job } from './core/state.ts'
import { CANCEL_REASONS, GIVE_BACK_REASONS, REASON_MAX } from './core/words.ts'
import type { Courier } from './courier.ts'
import { Sheet } from './sheet.tsx'
import { clockWords } from './words.ts'

interface ProblemSheetProps {
  readonly courier: Courier
  readonly job: Job
  readonly onClose: () => void
}

/** What the API lets a courier do about an order: give it back before the pickup, give up where nobody comes, cancel. */
export function ProblemSheet({ courier, job, onClose }: ProblemSheetProps) {
  const { order, noShowFrom } = job
  const orderId = order.order_id
  const isBefore = isBeforePickup(order.status)
  return (
    <Sheet title="What is the problem?" onClose={onClose}>
      {order.status === 'at_pickup' && (
        <section class="choice">
          <h3>Nobody comes</h3>
          <p class="quiet">
            {noShowFrom === null
              ? 'You may give the order up once you have waited long enough; the node says how long.'
              : `Wait until ${clockWords(noShowFrom)}, then try again.`}
          </p>
          <button type="button" onClick={() => courier.tap({ kind: 'no_show', orderId })}>
            Nobody is here
          </button>
        </section>
      )}
      {isBefore && (
        <Ending
          name="Give it back"
          about="Another driver is looked for. You will not be asked for this order again."
          reasons={GIVE_BACK_REASONS}
          button="Give the order back"
          onSure={reason => {
            courier.tap({ kind: 'give_back', orderId, reason })
            onClose()
          }}
        />
      )}
      <Ending
        name="Cancel the order"
        about="It ends for the customer, too. Nobody takes that back."
        reasons={CANCEL_REASONS}
        button="Cancel the order"
        onSure={reason => {
          courier.tap({ kind: 'cancel', orderId, reason })
          onClose()
        }}
      />
    </Sheet>
  )
}

interface EndingProps {
  readonly name: string
  readonly about: string
  readonly reasons: readonly string[]
  readonly button: string
  readonly onSure: (reason: string) => void
}

function Ending({ name, about, reasons, button, onSure }: EndingProps) {
  const [reason, setReason] = useState('')
  const id = `reason-${button.replaceAll(' ', '-').toLowerCase()}`
  return (
    <section class="choice">
      <h3>{name}</h3>
      <p class="quiet">{about}</p>
      <div class="chips">
        {reasons.map(each => (
          <button key={each} type="button" aria-pressed={each === reason} onClick={() => setReason(each)}>
            {each}
          </button>
        ))}
      </div>
      <label for={id}>Reason</label>
      <input
        id={id}
        maxLength={REASON_MAX}
        value={reason}
        autocomplete="off"
        onInput={event => setReason(event.currentTarget.value)}
      />
      <button type="button" class="danger" disabled={reason.trim() === ''} onClick={() => onSure(reason.trim())}>
        {button}
      </button>
    </section>
  )
}
