import type { Candidate, Order } from '../shared/views.ts'
import { ago, plain } from '../shared/words.ts'
import { assignOrder, select } from './actions.ts'
import { costedOf, ruledOutBy, termRows } from './decision-parts.ts'
import * as state from './state.ts'
import { momentWords } from './when-words.ts'

const SHOWN_MAX = 6
const COMPARED_MAX = 3
const NAMED_MAX = 5
const ASSIGNABLE = ['placed', 'assigned', 'en_route_to_pickup', 'at_pickup']

/** The last decision: who was weighed, what each would have cost and of what, and what ruled the others out. The map shows the same. */
export function WhyThisDriver({ order }: { order: Order | null }) {
  const decision = state.decisions.value.at(-1)
  if (decision === undefined) return null
  const { chosen, candidates } = decision
  const costed = costedOf(decision)
  return (
    <section aria-label="Why this driver">
      <h3>Why this driver</h3>
      <p class="quiet">
        {chosen === null ? 'Nobody could be asked' : `${chosen.driver_id} was asked`} at {momentWords(decision.at)}, of{' '}
        {candidates.length} who were near. The least cost wins; the map shows them.
      </p>
      {costed.length > 0 && (
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
            {costed.slice(0, SHOWN_MAX).map(candidate => (
              <CandidateRow
                key={candidate.driver_id}
                candidate={candidate}
                isChosen={candidate.driver_id === chosen?.driver_id}
                order={order}
              />
            ))}
          </tbody>
        </table>
      )}
      <Terms compared={costed.slice(0, COMPARED_MAX)} />
      <RuledOut groups={ruledOutBy(decision)} />
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
  const { driver_id, pickup_eta_s, cost } = candidate
  const mayGet = order !== null && ASSIGNABLE.includes(order.status) && order.driver?.driver_id !== driver_id
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <button type="button" class="as-link" onClick={() => select({ kind: 'driver', id: driver_id })}>
          {driver_id}
        </button>
      </th>
      <td>{pickup_eta_s === null ? '–' : ago(pickup_eta_s * 1_000)}</td>
      <td>{cost === null ? '–' : Math.round(cost)}</td>
      <td>
        {mayGet && (
          <button
            type="button"
            class="small"
            aria-label={`Assign to ${driver_id}`}
            onClick={() => void assignOrder(order.order_id, driver_id)}
          >
            Assign
          </button>
        )}
      </td>
    </tr>
  )
}

/** What the costs of the first ones are made of, side by side. */
function Terms({ compared }: { compared: readonly Candidate[] }) {
  const rows = termRows(compared)
  if (rows.length === 0) return null
  return (
    <details class="more-of">
      <summary>What the cost is made of, in seconds</summary>
      <table class="candidates">
        <thead>
          <tr>
            <th scope="col">Term</th>
            {compared.map(({ driver_id }) => (
              <th key={driver_id} scope="col" class="narrow">
                {driver_id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, i) => (
                <td key={compared[i]?.driver_id}>{value === null ? '–' : Math.round(value)}</td>
              ))}
            </tr>
          ))}
          <tr class="sum">
            <th scope="row">Cost</th>
            {compared.map(({ driver_id, cost }) => (
              <td key={driver_id}>{cost === null ? '–' : Math.round(cost)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </details>
  )
}

function RuledOut({ groups }: { groups: readonly (readonly [reason: string, driverIds: readonly string[]])[] }) {
  if (groups.length === 0) return null
  return (
    <dl class="ruled-out">
      <dt class="quiet">Ruled out</dt>
      {groups.map(([reason, driverIds]) => (
        <dd key={reason}>
          <b>{plain(reason)}</b> {driverIds.slice(0, NAMED_MAX).join(', ')}
          {driverIds.length > NAMED_MAX && ` and ${driverIds.length - NAMED_MAX} more`}
        </dd>
      ))}
    </dl>
  )
}
