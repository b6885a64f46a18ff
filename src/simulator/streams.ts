/**
 * Chance for every part of a run by itself. Whoever draws names what for (a link, a request, an instant), and each name has
 * a stream of its own, made of the seed and the name. With one stream for all, a booking that is left out would give
 * everything after it another fate, and a run that fails could not be made small: what fails would not fail again.
 */
import { Chance } from './chance.ts'

const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

export class Streams {
  readonly #low: number
  readonly #high: number
  readonly #streams = new Map<string, Chance>()

  constructor(seed: bigint) {
    this.#low = Number(BigInt.asUintN(32, seed))
    this.#high = Number(BigInt.asUintN(32, seed >> 32n))
  }

  /** The stream of that name; it goes on where it was left. */
  of(name: string): Chance {
    const known = this.#streams.get(name)
    if (known) return known
    const stream = this.once(name)
    this.#streams.set(name, stream)
    return stream
  }

  /** A stream that is asked for once, and not kept. */
  once(name: string): Chance {
    return Chance.ofWords(hash(name, this.#low ^ OFFSET), hash(name, this.#high ^ PRIME))
  }

  /** One draw in [0, 1) for the nth thing of an instant. */
  ofInstant(atMs: number, nth: number): number {
    const mixed = mix(this.#low ^ mix(Math.imul(Math.floor(atMs), PRIME) ^ mix(this.#high + nth)))
    return mixed / 4294967296
  }
}

/** FNV-1a over 32 bits, with a last stir: names that differ in one sign must differ in every bit. */
export function hash(name: string, start: number): number {
  let h = start
  for (let at = 0; at < name.length; at++) h = Math.imul(h ^ name.charCodeAt(at), PRIME)
  return mix(h)
}

/** The finaliser of MurmurHash3. */
function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
