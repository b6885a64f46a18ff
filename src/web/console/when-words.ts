/** Times as the console says them: the day, too, where it is not today. */
import { timeOnItsDay } from '../shared/day-words.ts'
import * as state from './state.ts'

export function whenWords(instant: string): string {
  return timeOnItsDay(instant, state.nowMs.value, { hour: '2-digit', minute: '2-digit' })
}

/** To the second, where one thing follows another. */
export function momentWords(instant: string): string {
  return timeOnItsDay(instant, state.nowMs.value, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
