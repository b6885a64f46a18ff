import type { ComponentChildren } from 'preact'
import { ViewHeading } from './view-heading.tsx'

interface ViewPageProps {
  readonly title: string
  /** One sentence. */
  readonly about?: string
  readonly acts?: ComponentChildren
  readonly children: ComponentChildren
}

/** A view that covers the map. */
export function ViewPage({ title, about, acts, children }: ViewPageProps) {
  return (
    <div class="view">
      <div class="view-inner">
        <header class="view-head">
          <div>
            <ViewHeading>{title}</ViewHeading>
            {about && <p class="view-about">{about}</p>}
          </div>
          {acts && <div class="acts">{acts}</div>}
        </header>
        {children}
      </div>
    </div>
  )
}
