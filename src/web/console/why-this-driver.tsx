import type { Candidate, Order } from '../shared/views.ts'
import { ago, clockTime, plain } from '../shared/words.ts'
import { assignOrder, select } from './actions.ts'
import * as state from './state.ts'

const SHOWN_MAX = 8
const ASSIGNABLE = ['placed', 'assigned', 'en_route_to_pickup', 'at_pickup']

/** The last decision: who was asked, what each would have cost, and what ruled the others out. The map shows the same. */
export function WhyThisDriver({ order }: { order: Order | null }) {
  const decision = state.decisions.value.at(-1)
  if (decision === undefined) return null
  const { chosen, candidates } = decision
  const sorted = [...candidates].sort((a, b) => (a.cost ?? Number.MAX_VALUE) - (b.cost ?? Number.MAX_VALUE))
  return (
    <section>
      <h3>Why this driver</h3>
      <p class="quiet">
        {chosen === null ? 'Nobody could be asked' : `${chosen.driver_id} was asked`} at {clockTime(decision.at)}, of{' '}
        {candidates.length} who were near.
      </p>
      <table class="candidates">
        <thead>
          <tr>
            <th scope="col">Driver</th>
            <th scope="col">Pickup in</th>
            <th scope="col">Cost</th>
            <th scope="col">
              <span class="unseen">Act</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, SHOWN_MAX).map(candidate => (
            <CandidateRow
              key={candidate.driver_id}
              candidate={candidate}
              isChosen={candidate.driver_id === chosen?.driver_id}
              order={order}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function CandidateRow({
  candidate,
  isChosen,
  order,
}: {
  candidate: Candidate
  isChosen: boolean
  order: Order | null
}) {
  const { driver_id, pickup_eta_s, cost, excluded_by } = candidate
  const mayGet = order !== null && ASSIGNABLE.includes(order.status) && order.driver?.driver_id !== driver_id
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <button type="button" class="as-link" onClick={() => select({ kind: 'driver', id: driver_id })}>
          {driver_id}
        </button>
        {excluded_by !== null && <small>{plain(excluded_by)}</small>}
      </th>
      <td>{pickup_eta_s === null ? '–' : ago(pickup_eta_s * 1_000)}</td>
      <td>{cost === null ? '–' : Math.round(cost)}</td>
      <td>
        {mayGet && (
          <button
            type="button"
            class="small"
            aria-label={`Give the order to ${driver_id}`}
            onClick={() => void assignOrder(order.order_id, driver_id)}
          >
            Assign
          </button>
        )}
      </td>
    </tr>
  )
}
