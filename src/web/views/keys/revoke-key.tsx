import type { ApiKey } from '../../shared/manage.ts'
import { say } from '../../ui/call.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

interface RevokeKeyProps {
  readonly apiKey: ApiKey
  readonly onDone: () => void
  readonly onClose: () => void
}

export function RevokeKey({ apiKey, onDone, onClose }: RevokeKeyProps) {
  const submit = useSubmit()
  const revoke = async () => {
    const path = `/v1/keys/${encodeURIComponent(apiKey.key_id)}`
    if ((await submit.send({ method: 'DELETE', path })) === null) return
    say(`${apiKey.name} is revoked.`)
    onDone()
    onClose()
  }
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      yes="Revoke it"
      submit={submit}
      onYes={() => void revoke()}
      onClose={onClose}
    >
      <p>Whoever uses it is shut out within five seconds, and its sockets are closed. Nobody can take this back.</p>
    </ConfirmDialog>
  )
}
