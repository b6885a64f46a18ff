import type { ComponentChildren } from 'preact'
import { Dialog } from './dialog.tsx'
import { FormProblem } from './form-problem.tsx'
import type { Submit } from './use-submit.ts'

interface ConfirmDialogProps {
  readonly title: string
  /** What the button says: what will be done, not “OK”. */
  readonly yes: string
  readonly submit: Pick<Submit, 'isBusy' | 'problem'>
  readonly onYes: () => void
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly isDanger?: boolean
}

/** For what nobody can take back. It stays open, and says why, where it is refused. */
export function ConfirmDialog({ title, yes, submit, onYes, onClose, children, isDanger = true }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-words">{children}</div>
      <FormProblem problem={submit.problem} />
      <div class="acts">
        <button type="button" class={isDanger ? 'danger-sure' : 'primary'} disabled={submit.isBusy} onClick={onYes}>
          {yes}
        </button>
        <button type="button" onClick={onClose}>
          Go back
        </button>
      </div>
    </Dialog>
  )
}
