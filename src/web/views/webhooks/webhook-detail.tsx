import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import type { Delivery, MadeWebhook, Webhook } from '../../shared/manage.ts'
import { dayTime } from '../../shared/words.ts'
import { say } from '../../ui/call.ts'
import { FormProblem } from '../../ui/form-problem.tsx'
import { SecretOnce } from '../../ui/secret-once.tsx'
import { Trouble } from '../../ui/trouble.tsx'
import { useRead } from '../../ui/use-read.ts'
import { useSubmit } from '../../ui/use-submit.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { DeleteWebhook } from './delete-webhook.tsx'
import { DeliveryList } from './delivery-list.tsx'
import { RotateSecret } from './rotate-secret.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookState } from './webhook-state.tsx'

type Open = 'edit' | 'rotate' | 'delete' | { readonly secret: string | null }

export function WebhookDetail({ webhookId }: { webhookId: string }) {
  const path = `/v1/webhooks/${encodeURIComponent(webhookId)}`
  const { value: webhook, problem, reload } = useRead<Webhook>(path)
  const [open, setOpen] = useState<Open | null>(null)
  /** Deliveries are read anew after each test. */
  const [tests, setTests] = useState(0)
  const submit = useSubmit()
  const close = () => setOpen(null)
  const test = async () => {
    if ((await submit.send<Delivery>({ method: 'POST', path: `${path}/test` })) === null) return
    say('A test event is on its way.')
    setTests(count => count + 1)
  }
  const switchTo = async (status: 'enabled' | 'disabled') => {
    if ((await submit.send<Webhook>({ method: 'PATCH', path, body: { status } })) !== null) reload()
  }
  return (
    <ViewPage
      title="Endpoint"
      {...(webhook === null ? {} : { about: webhook.url })}
      acts={<a href="#/webhooks">All endpoints</a>}
    >
      {problem !== null && <Trouble problem={problem} onRetry={reload} />}
      {webhook !== null && (
        <section class="card">
          <Facts webhook={webhook} />
          <FormProblem problem={submit.problem} />
          <div class="acts">
            {may('POST /v1/webhooks/{webhook_id}/test') && (
              <button type="button" class="primary" disabled={submit.isBusy} onClick={() => void test()}>
                Send a test event
              </button>
            )}
            {may('PATCH /v1/webhooks/{webhook_id}') && (
              <>
                <button type="button" onClick={() => setOpen('edit')}>
                  Edit
                </button>
                <button
                  type="button"
                  disabled={submit.isBusy}
                  onClick={() => void switchTo(webhook.status === 'enabled' ? 'disabled' : 'enabled')}
                >
                  {webhook.status === 'enabled' ? 'Disable' : 'Enable'}
                </button>
              </>
            )}
            {may('POST /v1/webhooks/{webhook_id}/rotate-secret') && (
              <button type="button" onClick={() => setOpen('rotate')}>
                Rotate the secret
              </button>
            )}
            {may('DELETE /v1/webhooks/{webhook_id}') && (
              <button type="button" class="danger" onClick={() => setOpen('delete')}>
                Delete
              </button>
            )}
          </div>
        </section>
      )}
      <DeliveryList webhookId={webhookId} readAgain={tests} />
      {webhook !== null && open === 'edit' && (
        <WebhookForm
          webhook={webhook}
          onSaved={() => {
            close()
            reload()
          }}
          onClose={close}
        />
      )}
      {webhook !== null && open === 'rotate' && (
        <RotateSecret
          webhook={webhook}
          onMade={(made: MadeWebhook) => {
            reload()
            setOpen({ secret: made.secret })
          }}
          onClose={close}
        />
      )}
      {webhook !== null && open === 'delete' && <DeleteWebhook webhook={webhook} onClose={close} />}
      {open !== null && typeof open === 'object' && (
        <SecretOnce title="The new signing secret" secret={open.secret} onClose={close} />
      )}
    </ViewPage>
  )
}

function Facts({ webhook }: { webhook: Webhook }) {
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>
          <WebhookState webhook={webhook} />
        </dd>
      </div>
      <div>
        <dt>Is told of</dt>
        <dd>{webhook.events.join(', ')}</dd>
      </div>
      <div>
        <dt>Description</dt>
        <dd>{webhook.description ?? '–'}</dd>
      </div>
      <div>
        <dt>Old secret signs until</dt>
        <dd>{webhook.previous_secret_until === null ? '–' : dayTime(webhook.previous_secret_until)}</dd>
      </div>
    </dl>
  )
}
