import type { RulesetPreview } from '../../shared/manage.ts'
import { dayTime, fromLocalInput } from '../../shared/words.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import type { Submit } from '../../ui/use-submit.ts'
import type { RulesetDraft } from './ruleset-draft.ts'

interface ActivateRulesetProps {
  readonly draft: RulesetDraft
  /** Of just this draft; null: it was not tried. */
  readonly preview: RulesetPreview | null
  readonly submit: Submit
  readonly onYes: () => void
  readonly onClose: () => void
}

export function ActivateRuleset({ draft, preview, submit, onYes, onClose }: ActivateRulesetProps) {
  const from = fromLocalInput(draft.valid_from)
  return (
    <ConfirmDialog
      title={`Activate ${draft.version}?`}
      yes={from === null ? 'Activate it now' : 'Activate it then'}
      submit={submit}
      onYes={onYes}
      onClose={onClose}
      isDanger={false}
    >
      <p>
        {from === null
          ? 'New quotes are priced by it within seconds.'
          : `New quotes are priced by it from ${dayTime(from)} on.`}{' '}
        It can never be changed or deleted; another one can take its place. Quotes and orders that there are keep their
        price.
      </p>
      <p>
        {preview === null
          ? 'It was not tried on past quotes as it stands now.'
          : `Of ${preview.quotes} past quotes ${preview.dearer} would have been dearer and ${preview.cheaper} cheaper.`}
      </p>
    </ConfirmDialog>
  )
}
