import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { distance, money, short } from '../shared/words.ts'
import { isBeforePickup, progressOf, STEPS, stepAfter } from './core/order.ts'
import { statusAhead } from './core/reduce.ts'
import type { Job } from './core/state.ts'
import { STEP_BUTTON, STEP_NAME } from './core/words.ts'
import type { Courier } from './courier.ts'
import { Navigate } from './navigate.tsx'
import { ProblemSheet } from './problem-sheet.tsx'
import { ProofSheet } from './proof-sheet.tsx'
import { PlaceTrouble } from './ready.tsx'
import { clockWords, placeWords } from './words.ts'

/** The order that is driven now, and those behind it. */
export function JobView({ courier, job }: { courier: Courier; job: Job }) {
  const [sheet, setSheet] = useState<'proof' | 'problem' | null>(null)
  const { order } = job
  const state = courier.state.value
  const ahead = statusAhead(state, order.order_id) ?? order.status
  const next = stepAfter(ahead)
  const isSaid = ahead !== order.status
  const isToPickup = isBeforePickup(ahead)
  const target = isToPickup ? order.pickup : order.dropoff
  const advance = () => {
    if (next === null) return
    if (next === 'delivered' && (order.proof?.required.length ?? 0) > 0) setSheet('proof')
    else courier.tap({ kind: 'step', orderId: order.order_id, step: next })
  }
  return (
    <>
      <main class="job">
        <PlaceTrouble courier={courier} />
        <section class="card" aria-labelledby="target">
          <Progress status={ahead} />
          <p class="over" aria-live="polite">
            {STEP_NAME[ahead]} · {short(order.order_id)}
          </p>
          <h1 id="target">{placeWords(target)}</h1>
          <Navigate target={target} />
          <Facts job={job} status={ahead} />
          {isSaid && (
            <p class="strip strip-off" role="status">
              “{STEP_NAME[ahead]}” is not confirmed yet. It is sent again until it is.
            </p>
          )}
          {job.proofProblem !== null && (
            <p class="problem" role="alert">
              {job.proofProblem.text}
            </p>
          )}
        </section>
        <Others courier={courier} current={order.order_id} />
      </main>
      <footer class="acts">
        {next !== null && (
          <button type="button" class="big primary" onClick={advance}>
            {STEP_BUTTON[next]}
          </button>
        )}
        <button type="button" class="plain" onClick={() => setSheet('problem')} aria-haspopup="dialog">
          There is a problem
        </button>
      </footer>
      {sheet === 'proof' && <ProofSheet courier={courier} job={job} onClose={() => setSheet(null)} />}
      {sheet === 'problem' && <ProblemSheet courier={courier} job={job} onClose={() => setSheet(null)} />}
    </>
  )
}

function Progress({ status }: { status: string }) {
  const done = progressOf(status)
  return (
    <div class="steps" role="img" aria-label={`Step ${done} of ${STEPS.length}`}>
      {STEPS.map((step, i) => (
        <span key={step} class={i < done ? 'done' : ''} />
      ))}
    </div>
  )
}

function Facts({ job: { order }, status }: { job: Job; status: string }) {
  const dueAt = isBeforePickup(status) ? order.eta.pickup_at : order.eta.dropoff_at
  return (
    <dl class="facts">
      {status === 'at_pickup' && order.arrived_at !== null ? (
        <Fact name="Waiting since">{clockWords(order.arrived_at)}</Fact>
      ) : (
        <Fact name="Due">{dueAt === null ? '–' : clockWords(dueAt)}</Fact>
      )}
      <Fact name="Trip">{distance(order.distance_m)}</Fact>
      <Fact name="Price">{money(order.price.amount, order.price.currency)}</Fact>
      {order.reference !== null && <Fact name="Reference">{order.reference}</Fact>}
      {order.items.length > 0 && (
        <Fact name="Items">{order.items.map(i => `${i.quantity} × ${i.name}`).join(', ')}</Fact>
      )}
      {order.notes !== null && (
        <Fact name="Notes" isWide>
          {order.notes}
        </Fact>
      )}
    </dl>
  )
}

interface FactProps {
  readonly name: string
  readonly isWide?: true
  readonly children: ComponentChildren
}

function Fact({ name, isWide, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isWide ? 'wide' : ''}>{children}</dd>
    </div>
  )
}

function Others({ courier, current }: { courier: Courier; current: string }) {
  const others = courier.state.value.jobs.filter(({ order }) => order.order_id !== current)
  if (others.length === 0) return null
  return (
    <section aria-labelledby="others">
      <h2 id="others">After this</h2>
      <ol class="others">
        {others.map(({ order }) => (
          <li key={order.order_id} class="card">
            <div>
              <p class="over">{STEP_NAME[order.status]}</p>
              <p>{placeWords(isBeforePickup(order.status) ? order.pickup : order.dropoff)}</p>
            </div>
            <button type="button" onClick={() => courier.tap({ kind: 'choose', orderId: order.order_id })}>
              Do it first
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
