/** What the page shows, as signals; who fills them is in `track.tsx`. */
import { computed, signal } from '@preact/signals'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { serverAhead } from '../shared/server-ahead.ts'
import { ageOf } from './ages.ts'
import { etaOf } from './eta.ts'
import { textsFor } from './languages.ts'
import { isLookingAgain, stepsOf } from './steps.ts'
import type { Line } from './texts.ts'
import { type Now, type Tracked, takeFix, takeOrder, takeView } from './tracked.ts'

export const texts = textsFor(navigator.languages)
/** Null: not known yet. */
export const tracked = signal<Tracked | null>(null)
export const line = signal<Line>('connecting')
/** Every second: ages and minutes are shown by it. */
export const nowMs = signal(Date.now())
/** Said to whoever cannot see the page: what the order's status has become, and nothing else. */
export const announcement = signal('')
/** When the node was heard of last. */
export const heardAtMs = signal(Date.now())
const serverAheadMs = signal<number | null>(null)

export const steps = computed(() => (tracked.value === null ? [] : stepsOf(tracked.value)))
export const isOver = computed(() => tracked.value !== null && isEnded(tracked.value.order.status))
export const age = computed(() => {
  const fix = tracked.value?.fix ?? null
  return fix === null ? null : ageOf(fix, nowMs.value)
})
export const eta = computed(() => {
  const known = tracked.value
  return known === null ? null : etaOf(known.order, nowMs.value + (serverAheadMs.value ?? 0))
})
/** What is shown may not be so any more. */
export const isCutOff = computed(() => line.value === 'offline' || line.value === 'unreachable')
export const headline = computed(() => {
  const known = tracked.value
  return known === null ? '' : texts.headline(known.order.status, isLookingAgain(known))
})

function now(): Now {
  return { nowMs: Date.now(), serverAheadMs: serverAheadMs.value ?? 0 }
}

function show(next: Tracked | null): void {
  heardAtMs.value = Date.now()
  const before = tracked.value
  tracked.value = next
  if (before !== null && next !== null && before.order.status !== next.order.status) announcement.value = headline.value
}

export const listener = {
  onView(view: Parameters<typeof takeView>[1], servedAtMs: number | null): void {
    if (servedAtMs !== null) serverAheadMs.value = serverAhead(serverAheadMs.value, servedAtMs, Date.now())
    show(takeView(tracked.value, view, now()))
  },
  onOrder(order: Parameters<typeof takeOrder>[1]): void {
    show(takeOrder(tracked.value, order))
  },
  onFix(fix: Parameters<typeof takeFix>[1]): void {
    show(takeFix(tracked.value, fix, now()))
  },
  onLine(next: Line): void {
    line.value = next
  },
}
