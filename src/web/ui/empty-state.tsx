import type { ComponentChildren } from 'preact'

/** There is nothing: what would be here, and how it comes here. */
export function EmptyState({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty-state">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}
