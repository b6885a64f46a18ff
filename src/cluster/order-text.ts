/**
 * An order as JSON between a worker and its node's gateway, in two texts: its terms, and all else. Seven answers and messages of its
 * life carry it as a whole, and the terms, which are two thirds of that, do not change from its booking to its end. So a worker
 * writes them once and the gateway reads them once, and has the same object each time. A text says itself whether it is known:
 * terms that were changed are another text.
 */
import type { JsonObject } from '../actors/runtime/turn.ts'

/** A body without an order that has terms is one text. */
export type BodyTexts = readonly [body: string, terms?: string]

/** Of orders that are under way at once, on a busy node: their terms are a kilobyte or two each. */
const KNOWN_CHARACTERS_MAX = 8_000_000
/** A list of a hundred things is read each time. */
const TEXT_MAX = 32_000

const written = new WeakMap<object, string>()

/** @param body  what it says of an order is its `order`. Nothing changes it, nor its parts, afterwards. */
export function bodyTexts(body: JsonObject): BodyTexts {
  const { order } = body
  if (!isObject(order) || !isObject(order.terms)) return [JSON.stringify(body)]
  const { terms, ...rest } = order
  return [JSON.stringify({ ...body, order: rest }), termsText(terms)]
}

function termsText(terms: object): string {
  const known = written.get(terms)
  if (known !== undefined) return known
  const text = JSON.stringify(terms)
  written.set(terms, text)
  return text
}

export class KnownTerms {
  readonly #byText = new Map<string, JsonObject>()
  #characters = 0

  /** @returns the body; the terms in it are those of others who said the same, and nobody's to change. */
  read([text, terms]: BodyTexts): JsonObject {
    const body = JSON.parse(text) as JsonObject
    if (terms === undefined) return body
    return { ...body, order: { ...(body.order as JsonObject), terms: this.#termsOf(terms) } }
  }

  #termsOf(text: string): JsonObject {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const terms = JSON.parse(text) as JsonObject
    if (text.length > TEXT_MAX) return terms
    this.#byText.set(text, terms)
    this.#characters += text.length
    if (this.#characters > KNOWN_CHARACTERS_MAX) this.#forgetOldest()
    return terms
  }

  #forgetOldest(): void {
    for (const oldest of this.#byText.keys()) {
      this.#byText.delete(oldest)
      this.#characters -= oldest.length
      if (this.#characters <= KNOWN_CHARACTERS_MAX) return
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
