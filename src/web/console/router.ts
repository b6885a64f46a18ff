import { signal } from '@preact/signals'
import { hrefOf, type Route, routeOf, type ViewName } from './route.ts'

export const route = signal<Route>(routeOf(location.hash))
/** True once somebody has gone somewhere: a page that was just opened takes nobody's focus. */
export const hasMoved = signal(false)

addEventListener('hashchange', () => {
  hasMoved.value = true
  route.value = routeOf(location.hash)
})

export function go(view: ViewName, id: string | null = null): void {
  location.hash = hrefOf(view, id)
}
