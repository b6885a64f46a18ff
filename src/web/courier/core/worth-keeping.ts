import type { CourierState } from './state.ts'

/** Not what only the screen shows, or what every position changes. */
export function isWorthKeeping(a: CourierState, b: CourierState): boolean {
  return (
    a.offer !== b.offer ||
    a.jobs !== b.jobs ||
    a.errands !== b.errands ||
    a.duty !== b.duty ||
    a.toRate !== b.toRate ||
    a.chosen !== b.chosen ||
    a.ended !== b.ended
  )
}
