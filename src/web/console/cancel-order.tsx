import { short } from '../shared/words.ts'
import { say } from '../ui/call.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useSubmit } from '../ui/use-submit.ts'
import { refresh } from './actions.ts'

export function CancelOrder({ orderId, onClose }: { orderId: string; onClose: () => void }) {
  const submit = useSubmit()
  const cancel = async () => {
    const request = {
      method: 'POST',
      path: `/v1/orders/${orderId}/cancel`,
      body: { reason: 'by the dispatcher' },
    } as const
    if ((await submit.send(request)) === null) return
    say('Order cancelled.')
    onClose()
    await refresh()
  }
  return (
    <ConfirmDialog
      title={`Cancel order ${short(orderId)}?`}
      yes="Yes, cancel it"
      submit={submit}
      onYes={() => void cancel()}
      onClose={onClose}
    >
      <p>Whoever has it is told at once. Nobody can take this back.</p>
    </ConfirmDialog>
  )
}
