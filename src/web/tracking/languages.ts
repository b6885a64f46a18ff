/** The languages that the page speaks. */
import type { Texts } from './texts.ts'
import { english } from './texts-en.ts'

const LANGUAGES: readonly Texts[] = [english]

/** @param wanted  as the browser lists them, the most wanted first. */
export function textsFor(wanted: readonly string[]): Texts {
  for (const each of wanted) {
    const found = LANGUAGES.find(({ language }) => each.toLowerCase().split('-', 1)[0] === language)
    if (found !== undefined) return found
  }
  return english
}
