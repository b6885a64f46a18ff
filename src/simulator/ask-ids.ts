/**
 * Numbers for the requests of one life of a gateway. Answers to an earlier life must not be taken for answers to this one; and
 * a request has the same number whatever was asked of others meanwhile, since its answer draws its fate by that number.
 */
import { hash } from './streams.ts'

/** Of 53 bits: 9 for the life, 28 for the actor that is asked, 16 for how often. */
const LIVES_MAX = 2 ** 9
const ACTORS = 2 ** 28
const ASKS_MAX = 2 ** 16

export class AskIds {
  readonly #life: number
  readonly #asked = new Map<string, number>()

  constructor(life: number) {
    if (life >= LIVES_MAX) throw new RangeError(`a node has lived ${life} times`)
    this.#life = life
  }

  next(actorId: string): number {
    const nth = (this.#asked.get(actorId) ?? 0) + 1
    if (nth >= ASKS_MAX) throw new RangeError(`${actorId} was asked ${nth} times`)
    this.#asked.set(actorId, nth)
    return (this.#life * ACTORS + (hash(actorId, 0) % ACTORS)) * ASKS_MAX + nth
  }
}
