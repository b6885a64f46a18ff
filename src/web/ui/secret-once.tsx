import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'

interface SecretOnceProps {
  readonly title: string
  /** Null: it was made by a request whose answer was lost. Nobody has it. */
  readonly secret: string | null
  readonly onClose: () => void
}

/** The one time that a secret is shown. */
export function SecretOnce({ title, secret, onClose }: SecretOnceProps) {
  const [said, setSaid] = useState('')
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied.')
    } catch (error) {
      // Without encryption, or without the reader's leave, a page has no clipboard.
      if (!(error instanceof Error)) throw error
      setSaid('Select it and copy it by hand.')
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {secret === null ? (
        <p class="dialog-words">
          It is made, but the answer with its secret was lost on the way, and nobody has it. Rotate it to get another.
        </p>
      ) : (
        <>
          <p class="dialog-words">Copy the secret now: it is shown this once and kept by nobody.</p>
          <output class="secret">{secret}</output>
          <div class="acts">
            <button type="button" class="primary" onClick={() => void copy(secret)}>
              Copy
            </button>
            <button type="button" onClick={onClose}>
              I have it
            </button>
            <span class="quiet" role="status">
              {said}
            </span>
          </div>
        </>
      )}
    </Dialog>
  )
}
