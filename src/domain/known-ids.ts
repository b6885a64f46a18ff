/**
 * Ids that were read before. The same driver is named again with every position: whoever makes a new text of it each time has a
 * text to throw away, and every map that it is looked up in must work out its hash and compare it letter by letter with the key.
 * Here it is one text for as long as it is remembered, so that a look is a comparison of two addresses.
 *
 * One place per hash, and the last one read stays in it. Every letter is compared, so two ids that want one place cost a new
 * text each time and never become one another.
 */

/** About 4 MB of a fleet that fills it. */
const PLACES = 65_536
/** FNV-1a. */
const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

export class KnownIds<Id extends string> {
  readonly #parse: (text: string) => Id | null
  readonly #places: (Id | undefined)[] = new Array(PLACES).fill(undefined)

  /** @param parse  of a text that is read for the first time. */
  constructor(parse: (text: string) => Id | null) {
    this.#parse = parse
  }

  /** @returns null where that is no id. */
  ofBytes(bytes: Buffer, from: number, to: number): Id | null {
    let hash = OFFSET_BASIS
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), PRIME)
    const place = placeOf(hash)
    const known = this.#places[place]
    if (known !== undefined && isInBytes(known, bytes, from, to)) return known
    return this.#learn(place, bytes.toString('latin1', from, to))
  }

  /** As `ofBytes`. */
  ofText(text: string, from: number, to: number): Id | null {
    let hash = OFFSET_BASIS
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
    const place = placeOf(hash)
    const known = this.#places[place]
    if (known !== undefined && isInText(known, text, from, to)) return known
    return this.#learn(place, text.slice(from, to))
  }

  #learn(place: number, text: string): Id | null {
    const id = this.#parse(text)
    if (id !== null) this.#places[place] = id
    return id
  }
}

function placeOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (PLACES - 1)
}

function isInBytes(id: string, bytes: Buffer, from: number, to: number): boolean {
  if (id.length !== to - from) return false
  for (let i = 0; i < id.length; i++) if (id.charCodeAt(i) !== bytes[from + i]) return false
  return true
}

function isInText(id: string, text: string, from: number, to: number): boolean {
  if (id.length !== to - from) return false
  for (let i = 0; i < id.length; i++) if (id.charCodeAt(i) !== text.charCodeAt(from + i)) return false
  return true
}
