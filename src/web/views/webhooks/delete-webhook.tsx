import { go } from '../../console/router.ts'
import type { Webhook } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

export function DeleteWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const submit = useSubmit()
  const remove = async () => {
    const path = `/v1/webhooks/${encodeURIComponent(webhook.webhook_id)}`
    if ((await submit.send({ method: 'DELETE', path })) === null) return
    say('The endpoint is deleted.')
    go('webhooks')
  }
  return (
    <ConfirmDialog
      title="Delete the endpoint?"
      yes="Delete it"
      submit={submit}
      onYes={() => void remove()}
      onClose={onClose}
    >
      <p>{webhook.url} is told nothing any more. Its deliveries go with it, and what waits for it is lost.</p>
    </ConfirmDialog>
  )
}
