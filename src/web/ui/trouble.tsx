import type { ApiError } from '../shared/api.ts'

/** Why something cannot be shown. What is not for the reader's role is no failure, and is not said as one. */
export function Trouble({ problem, onRetry }: { problem: ApiError; onRetry?: () => void }) {
  const isForbidden = problem.status === 403
  return (
    <div class={isForbidden ? 'trouble' : 'trouble trouble-alert'} role={isForbidden ? 'note' : 'alert'}>
      <p>
        {isForbidden
          ? 'This is not open to your role. An admin can look at it, or give you a key that may.'
          : problem.message}
      </p>
      {!isForbidden && onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
