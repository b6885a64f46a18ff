import { useEffect, useRef } from 'preact/hooks'
import { hasMoved } from '../console/router.ts'

/** Whoever goes to a view begins to read at its heading, with a screen reader as well. */
export function ViewHeading({ children, isUnseen = false }: { children: string; isUnseen?: boolean }) {
  const element = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${children} · Waggle`
    if (hasMoved.peek()) element.current?.focus({ preventScroll: true })
  }, [children])
  return (
    <h2 ref={element} tabIndex={-1} class={isUnseen ? 'view-heading unseen' : 'view-heading'}>
      {children}
    </h2>
  )
}
