/**
 * Rows of numbers on their way between two threads of this node. Positions come by the thousand, and a tuple for each would
 * have to be taken apart field by field on the other side; rows are written into one array and read where they lie. Only
 * between threads: the numbers are as this machine writes them.
 */

/** Rows of one frame at most: a longer one would hold the receiving thread up. */
export const ROWS_MAX = 2_000
const FIRST_ROWS = 32

export class NumberRows {
  readonly #width: number
  #numbers: Float64Array
  #rows = 0

  constructor(width: number) {
    this.#width = width
    this.#numbers = new Float64Array(width * FIRST_ROWS)
  }

  get length(): number {
    return this.#rows
  }

  get isFull(): boolean {
    return this.#rows >= ROWS_MAX
  }

  /** @returns where the new row begins in `numbers`, which may be another array than before. */
  add(): number {
    const at = this.#rows++ * this.#width
    if (at === this.#numbers.length) {
      const wider = new Float64Array(2 * this.#numbers.length)
      wider.set(this.#numbers)
      this.#numbers = wider
    }
    return at
  }

  get numbers(): Float64Array {
    return this.#numbers
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#numbers.buffer, 0, this.#rows * this.#width * Float64Array.BYTES_PER_ELEMENT)
  }
}

/** @param bytes  as they came, wherever they lie in their buffer. */
export function numbersIn(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer)
}
