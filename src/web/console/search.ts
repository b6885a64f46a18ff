/** Searches the record for what is typed: an order of last week is in no list. Lists are searched as one types, this after a pause. */
import { effect } from '@preact/signals'
import { ApiError } from '../shared/api.ts'
import type { Order, Page } from '../shared/views.ts'
import { call } from './session.ts'
import * as state from './state.ts'

const PAUSE_MS = 350
const FOUND_MAX = 20
const WORD_MIN = 3

export function searchRecord(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = effect(() => {
    const word = state.search.value.trim()
    clearTimeout(timer)
    state.found.value = []
    if (word.length < WORD_MIN || state.listOf.value !== 'orders') return
    timer = setTimeout(() => void look(word), PAUSE_MS)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}

async function look(word: string): Promise<void> {
  const answers = await Promise.all([byId(word), ...['reference', 'customer_id', 'driver_id'].map(n => by(n, word))])
  if (state.search.value.trim() !== word) return
  const all = new Map(answers.flat().map(order => [order.order_id, order]))
  state.found.value = [...all.values()]
}

async function byId(word: string): Promise<readonly Order[]> {
  return word.startsWith('ord_') ? [await orNone(call<Order>(`/v1/orders/${encodeURIComponent(word)}`))].flat() : []
}

async function by(field: string, word: string): Promise<readonly Order[]> {
  const query = `${field}=${encodeURIComponent(word)}&limit=${FOUND_MAX}`
  const [page] = await orNone(call<Page<Order>>(`/v1/orders?${query}`))
  return page?.data ?? []
}

/** What the API refuses as no id, or does not have, is not found; nothing else is told here either: the lists say what is wrong. */
async function orNone<T>(answer: Promise<T>): Promise<T[]> {
  try {
    return [await answer]
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}
