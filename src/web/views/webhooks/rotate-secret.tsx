import { useState } from 'preact/hooks'
import type { MadeWebhook, Webhook } from '../../shared/manage.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { GRACES, GraceField } from '../../ui/grace-field.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

interface RotateSecretProps {
  readonly webhook: Webhook
  readonly onMade: (made: MadeWebhook) => void
  readonly onClose: () => void
}

export function RotateSecret({ webhook, onMade, onClose }: RotateSecretProps) {
  const [graceS, setGraceS] = useState<string>(GRACES[2][0])
  const submit = useSubmit()
  const rotate = async () => {
    const made = await submit.send<MadeWebhook>({
      method: 'POST',
      path: `/v1/webhooks/${encodeURIComponent(webhook.webhook_id)}/rotate-secret`,
      body: { grace_s: Number(graceS) },
    })
    if (made !== null) onMade(made)
  }
  return (
    <ConfirmDialog
      title="Rotate the secret?"
      yes="Make another secret"
      submit={submit}
      onYes={() => void rotate()}
      onClose={onClose}
      isDanger={false}
    >
      <p>Requests then carry two signatures for a while, so that the receiver can change over.</p>
      <GraceField value={graceS} onValue={setGraceS} />
    </ConfirmDialog>
  )
}
