import type { CourierState, Notice } from './state.ts'

/** Of those that were not looked at, the oldest goes. */
const NOTICES_MAX = 4

export function withNotice(state: CourierState, tone: Notice['tone'], text: string): CourierState {
  const kept = state.notices.filter(notice => notice.text !== text)
  const nextId = 1 + Math.max(0, ...state.notices.map(notice => notice.id))
  return { ...state, notices: [...kept, { id: nextId, tone, text }].slice(-NOTICES_MAX) }
}
