/** The order that is being made, kept in this tab: it outlives a key that lapses and a page that is loaded again. */
import { effect } from '@preact/signals'
import type { Place } from '../shared/views.ts'
import * as state from './state.ts'

const KEPT = 'waggle.draft'

/** Prices are not kept: they expire, and are asked for again. */
interface Kept {
  readonly pickup: Place | null
  readonly dropoff: Place | null
}

export function keepDraft(): void {
  state.draft.value = readDraft()
  effect(() => {
    const draft = state.draft.value
    if (draft === null) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, JSON.stringify({ pickup: draft.pickup, dropoff: draft.dropoff } satisfies Kept))
  })
}

export function forgetDraft(): void {
  sessionStorage.removeItem(KEPT)
}

function readDraft(): state.Draft | null {
  const text = sessionStorage.getItem(KEPT)
  if (text === null) return null
  const { pickup, dropoff }: Kept = JSON.parse(text)
  return { pickup, dropoff, quote: null, problem: null }
}
