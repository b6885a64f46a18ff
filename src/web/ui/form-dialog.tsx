import type { ComponentChildren } from 'preact'
import { Dialog } from './dialog.tsx'
import { FormProblem } from './form-problem.tsx'
import type { Submit } from './use-submit.ts'

interface FormDialogProps {
  readonly title: string
  /** What the button says. */
  readonly yes: string
  readonly submit: Pick<Submit, 'isBusy' | 'problem'>
  readonly onSave: () => void
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly isWide?: boolean
}

/** Fields that are sent together. It stays open, and says why, where they are refused. */
export function FormDialog({ title, yes, submit, onSave, onClose, children, isWide = false }: FormDialogProps) {
  const save = (event: Event) => {
    event.preventDefault()
    onSave()
  }
  return (
    <Dialog title={title} onClose={onClose} isWide={isWide}>
      <form class="form" noValidate onSubmit={save}>
        {children}
        <FormProblem problem={submit.problem} />
        <div class="acts">
          <button type="submit" class="primary" disabled={submit.isBusy}>
            {yes}
          </button>
          <button type="button" onClick={onClose}>
            Go back
          </button>
        </div>
      </form>
    </Dialog>
  )
}
