import { useState } from 'preact/hooks'
import type { ApiKey, MadeKey } from '../../shared/manage.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { GRACES, GraceField } from '../../ui/grace-field.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

interface RotateKeyProps {
  readonly apiKey: ApiKey
  readonly onMade: (made: MadeKey) => void
  readonly onClose: () => void
}

export function RotateKey({ apiKey, onMade, onClose }: RotateKeyProps) {
  const [graceS, setGraceS] = useState<string>(GRACES[2][0])
  const submit = useSubmit()
  const rotate = async () => {
    const made = await submit.send<MadeKey>({
      method: 'POST',
      path: `/v1/keys/${encodeURIComponent(apiKey.key_id)}/rotate`,
      body: { grace_s: Number(graceS) },
    })
    if (made !== null) onMade(made)
  }
  return (
    <ConfirmDialog
      title={`Rotate ${apiKey.name}?`}
      yes="Make another secret"
      submit={submit}
      onYes={() => void rotate()}
      onClose={onClose}
      isDanger={false}
    >
      <p>It gets another secret, which is shown once. The one before stays good for a while, so that nothing stops.</p>
      <GraceField value={graceS} onValue={setGraceS} />
    </ConfirmDialog>
  )
}
