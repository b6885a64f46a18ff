import { useState } from 'preact/hooks'
import { WEBHOOK_EVENTS } from '../../shared/known-names.ts'
import type { MadeWebhook, Webhook } from '../../shared/manage.ts'
import { CheckList } from '../../ui/check-list.tsx'
import { TextField } from '../../ui/field.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { savingOf } from '../../ui/request.ts'
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
  const save = async () => {
    const body = { url, events, description: description.trim() === '' ? null : description.trim() }
    const saved = await submit.send<MadeWebhook>(savingOf('/v1/webhooks', webhook?.webhook_id ?? null, body))
    if (saved !== null) onSaved(saved)
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <FormDialog
      title={webhook === null ? 'New endpoint' : 'Edit the endpoint'}
      yes={webhook === null ? 'Make the endpoint' : 'Save'}
      submit={submit}
      onSave={() => void save()}
      onClose={onClose}
      isWide
    >
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
    </FormDialog>
  )
}
