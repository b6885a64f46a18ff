import { useState } from 'preact/hooks'
import { WEBHOOK_EVENTS } from '../../shared/known-names.ts'
import type { MadeWebhook, Webhook } from '../../shared/manage.ts'
import { CheckList } from '../../ui/check-list.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { FormProblem } from '../../ui/form-problem.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'

interface WebhookFormProps {
  /** Null: a new one. */
  readonly webhook: Webhook | null
  readonly onSaved: (webhook: MadeWebhook) => void
  readonly onClose: () => void
}

export function WebhookForm({ webhook, onSaved, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [description, setDescription] = useState(webhook?.description ?? '')
  const [events, setEvents] = useState<readonly string[]>(webhook?.events ?? ['order.*'])
  const submit = useSubmit()
  const save = async (event: Event) => {
    event.preventDefault()
    const body = { url, events, description: description.trim() === '' ? null : description.trim() }
    const saved = await submit.send<MadeWebhook>(
      webhook === null
        ? { method: 'POST', path: '/v1/webhooks', body }
        : { method: 'PATCH', path: `/v1/webhooks/${encodeURIComponent(webhook.webhook_id)}`, body },
    )
    if (saved !== null) onSaved(saved)
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <Dialog title={webhook === null ? 'New endpoint' : 'Edit the endpoint'} onClose={onClose} isWide>
      <form class="form" noValidate onSubmit={save}>
        <TextField
          label="Address"
          type="url"
          value={url}
          onValue={setUrl}
          hint="https://, at a public address"
          error={error('/url')}
          isRequired
        />
        <TextField label="Description" value={description} onValue={setDescription} error={error('/description')} />
        <CheckList
          legend="Is told of"
          options={WEBHOOK_EVENTS}
          chosen={events}
          onChosen={setEvents}
          error={error('/events')}
        />
        <FormProblem problem={submit.problem} />
        <div class="acts">
          <button type="submit" class="primary" disabled={submit.isBusy}>
            {webhook === null ? 'Make the endpoint' : 'Save'}
          </button>
          <button type="button" onClick={onClose}>
            Go back
          </button>
        </div>
      </form>
    </Dialog>
  )
}
