import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import { hrefOf } from '../../console/route.ts'
import { go } from '../../console/router.ts'
import type { MadeWebhook, Webhook } from '../../shared/manage.ts'
import { dayTime } from '../../shared/words.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { WebhookDetail } from './webhook-detail.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookState } from './webhook-state.tsx'

/** `id`: of an endpoint; without one, all of them. */
export function WebhooksView({ id }: { id: string | null }) {
  return id === null ? <Endpoints /> : <WebhookDetail key={id} webhookId={id} />
}

function Endpoints() {
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<MadeWebhook | null>(null)
  const list = useList<Webhook>('/v1/webhooks')
  return (
    <ViewPage
      title="Webhooks"
      about="Endpoints of yours that are told what happens: signed, at least once, in order."
      acts={
        may('POST /v1/webhooks') && (
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            New endpoint
          </button>
        )
      }
    >
      <ListBody
        list={list}
        empty={
          <EmptyState title="No endpoints">
            <p>Make one, and it is told of each order and driver from then on.</p>
          </EmptyState>
        }
      >
        {rows => <DataTable caption="Endpoints" columns={COLUMNS} rows={rows} keyOf={hook => hook.webhook_id} />}
      </ListBody>
      {isMaking && (
        <WebhookForm
          webhook={null}
          onSaved={webhook => {
            setMaking(false)
            setMade(webhook)
            list.reload()
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {made !== null && (
        <SecretOnce
          title="Its signing secret"
          secret={made.secret}
          onClose={() => {
            setMade(null)
            go('webhooks', made.webhook_id)
          }}
        />
      )}
    </ViewPage>
  )
}

const COLUMNS: readonly Column<Webhook>[] = [
  {
    name: 'Endpoint',
    cell: ({ webhook_id, url, description }) => (
      <>
        <a href={hrefOf('webhooks', webhook_id)}>{url}</a>
        <small>{description ?? webhook_id}</small>
      </>
    ),
  },
  { name: 'Is told of', cell: ({ events }) => events.join(', ') },
  { name: 'State', cell: hook => <WebhookState webhook={hook} /> },
  { name: 'Made', isNumber: true, cell: ({ created_at }) => dayTime(created_at) },
]
