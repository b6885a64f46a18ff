/** Times as the reader's clock shows them: in the page's language, in the way of the reader's country. */
import { timeOnItsDay } from '../shared/day-words.ts'
import { nowMs, texts } from './state.ts'

const locale = navigator.languages.find(each => each.split('-', 1)[0] === texts.language) ?? texts.language

export function clockTime(instant: string): string {
  return timeOnItsDay(instant, nowMs.value, { hour: 'numeric', minute: '2-digit' }, locale)
}

export function dayAndTime(instant: string): string {
  const format = { weekday: 'long', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const
  return new Date(instant).toLocaleString(locale, format)
}
