/** A seeded source of chance (sfc32 on a 64-bit seed), and the few ways in which it is asked. */
export class Chance {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: bigint | number) {
    const wide = BigInt.asUintN(64, BigInt(seed))
    this.#a = 0
    this.#b = Number(wide & 0xffffffffn) | 0
    this.#c = Number(wide >> 32n) | 0
    this.#stir()
  }

  /** A seed of two words of 32 bits: no big numbers where many streams are made. */
  static ofWords(low: number, high: number): Chance {
    const chance = new Chance(0)
    chance.#a = 0
    chance.#b = low | 0
    chance.#c = high | 0
    chance.#counter = 1
    chance.#stir()
    return chance
  }

  #stir(): void {
    // Seeds that differ in one bit give runs that have nothing in common only after some rounds.
    for (let n = 0; n < 12; n++) this.word()
  }

  /** Uniform over 32 bits. */
  word(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }

  /** Uniform in [0, 1). */
  readonly next = (): number => this.word() / 4294967296

  happens(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  pick<T>(of: readonly T[]): T {
    const picked = of[Math.floor(this.next() * of.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }
}
