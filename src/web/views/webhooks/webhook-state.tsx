import * as state from '../../console/state.ts'
import type { Webhook } from '../../shared/manage.ts'
import { ago } from '../../shared/words.ts'
import { Badge } from '../../ui/badge.tsx'

export function WebhookState({ webhook: { status, failing_since, disabled_reason } }: { webhook: Webhook }) {
  if (status === 'disabled') {
    return disabled_reason === 'failing' ? (
      <Badge tone="alert">Given up: it took nothing for three days</Badge>
    ) : (
      <Badge tone="calm">Disabled: what happens waits for it</Badge>
    )
  }
  if (failing_since === null) return <Badge tone="well">Enabled</Badge>
  return <Badge tone="alert">{`Failing for ${ago(state.nodeNowMs.value - Date.parse(failing_since))}`}</Badge>
}
