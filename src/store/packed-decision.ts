/**
 * A decision as the record keeps it. Most of an explanation are its candidates, a dozen or more with the same words for the same
 * figures: 4.4 KB, of which a quarter says something. So their words stand once, and each candidate is a list:
 *
 * `[1, the rest, words of a candidate, words of its terms, [[…], …]]`
 *
 * A candidate's figures come in the order of its words, those of its terms last. It is text, because nothing in the record
 * looks into it. What is not of that shape (a dispatcher's choice with a word of its own) is written as a document, as all were.
 */
import type { Json, JsonObject } from '../actors/runtime/turn.ts'

const FORM = 1

interface Candidate extends JsonObject {
  readonly terms: JsonObject
}

type Packed = readonly [typeof FORM, JsonObject, readonly string[], readonly string[], readonly (readonly Json[])[]]

/** @returns null where the candidates are not all alike. */
export function packDecision(body: JsonObject): Packed | null {
  const { candidates, ...rest } = body
  if (!Array.isArray(candidates) || !candidates.every(isCandidate)) return null
  const [first] = candidates
  if (first === undefined) return null
  const words = Object.keys(first).filter(word => word !== 'terms')
  const terms = Object.keys(first.terms)
  const rows: Json[][] = []
  for (const candidate of candidates) {
    if (Object.keys(candidate).length !== words.length + 1 || Object.keys(candidate.terms).length !== terms.length)
      return null
    const row = [...words.map(word => candidate[word]), ...terms.map(term => candidate.terms[term])]
    if (!row.every(value => value !== undefined)) return null
    rows.push(row as Json[])
  }
  return [FORM, rest, words, terms, rows]
}

/** As columns of its row. */
export function decisionFields(body: JsonObject): { readonly body: JsonObject } | { readonly packed: string } {
  const packed = packDecision(body)
  return packed === null ? { body } : { packed: JSON.stringify(packed) }
}

/** What `packDecision` was given. */
export function unpackDecision(text: string): JsonObject {
  const [, rest, words, terms, rows] = JSON.parse(text) as Packed
  const candidates = rows.map(row => ({
    ...objectOf(words, row),
    terms: objectOf(terms, row.slice(words.length)),
  }))
  return { ...rest, candidates }
}

function objectOf(words: readonly string[], row: readonly Json[]): JsonObject {
  return Object.fromEntries(words.map((word, i) => [word, row[i] ?? null]))
}

function isCandidate(value: Json): value is Candidate {
  return isObject(value) && isObject(value.terms ?? null)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
