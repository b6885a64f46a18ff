/** Times as the reader's clock shows them: in the page's language, in the way of the reader's country. */
import { texts } from './state.ts'

const locale = navigator.languages.find(each => each.split('-', 1)[0] === texts.language) ?? texts.language

export function clockTime(instant: string): string {
  return new Date(instant).toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' })
}

export function dayAndTime(instant: string): string {
  const format = { weekday: 'long', hour: 'numeric', minute: '2-digit' } as const
  return new Date(instant).toLocaleString(locale, format)
}
