import { may } from '../../console/me.ts'
import type { Delivery } from '../../shared/manage.ts'
import { dayTime } from '../../shared/words.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { say } from '../../ui/call.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

const STATES: Readonly<Record<string, readonly [Tone, string]>> = {
  pending: ['warn', 'Waiting'],
  delivered: ['well', 'Delivered'],
  dead: ['alert', 'Dead'],
}

interface DeliveryTableProps {
  readonly rows: readonly Delivery[]
  readonly onChanged: () => void
  /** More than one endpoint is in it. */
  readonly endpoint?: Column<Delivery>
}

export function DeliveryTable({ rows, onChanged, endpoint }: DeliveryTableProps) {
  const columns: Column<Delivery>[] = [
    {
      name: 'Event',
      cell: ({ type, object_id, sequence }) => (
        <>
          <strong>{type}</strong>
          <small class="mono">
            {object_id} · {sequence}
          </small>
        </>
      ),
    },
    ...(endpoint === undefined ? [] : [endpoint]),
    { name: 'State', cell: stateCell },
    { name: 'Attempts', isNumber: true, cell: attemptsCell },
    { name: 'Last answer', cell: answerCell },
    { name: 'Made', isNumber: true, cell: ({ created_at }) => dayTime(created_at) },
    { name: 'Act', isQuiet: true, cell: delivery => <Replay delivery={delivery} onChanged={onChanged} /> },
  ]
  return <DataTable caption="Deliveries" columns={columns} rows={rows} keyOf={({ delivery_id }) => delivery_id} />
}

function stateCell({ state, next_try_at }: Delivery) {
  const [tone, words] = STATES[state] ?? ['calm', state]
  return (
    <>
      <Badge tone={tone}>{words}</Badge>
      {next_try_at !== null && <small>again at {dayTime(next_try_at)}</small>}
    </>
  )
}

function attemptsCell({ attempts, replays }: Delivery): string {
  return replays === 0 ? `${attempts}` : `${attempts}, replayed ${replays} ×`
}

function answerCell({ last_status, last_error, took_ms }: Delivery) {
  if (last_status === null && last_error === null) return <span class="quiet">none yet</span>
  return (
    <>
      {last_status ?? 'none'}
      {took_ms !== null && ` in ${took_ms} ms`}
      {last_error !== null && <small>{last_error}</small>}
    </>
  )
}

/** Of what has ended. Under the same id: whoever has taken it already knows it again. */
function Replay({ delivery, onChanged }: { delivery: Delivery; onChanged: () => void }) {
  const submit = useSubmit()
  const { webhook_id, delivery_id, state, type } = delivery
  if (state === 'pending' || !may('POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay')) return null
  const replay = async () => {
    const path = `/v1/webhooks/${encodeURIComponent(webhook_id)}/deliveries/${encodeURIComponent(delivery_id)}/replay`
    if ((await submit.send<Delivery>({ method: 'POST', path })) === null) return
    say('It is sent again.')
    onChanged()
  }
  return (
    <>
      {submit.problem !== null && (
        <span class="field-error" role="alert">
          {submit.problem}
        </span>
      )}
      <button
        type="button"
        class="small"
        disabled={submit.isBusy}
        aria-label={`Replay ${type} ${delivery_id}`}
        onClick={() => void replay()}
      >
        Replay
      </button>
    </>
  )
}
