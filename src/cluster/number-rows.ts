/**
 * Rows of numbers on their way between two threads of this node. Positions come by the thousand, and a tuple for each would
 * have to be taken apart field by field on the other side; rows are written into one array and read where they lie. Only
 * between threads: the numbers are as this machine writes them.
 */

/** Rows of one frame at most: a longer one would hold the receiving thread up. */
export const ROWS_MAX = 2_000
const FIRST_NUMBERS = 256
/** Arrays of those that were sent, for those that come next: a new one would grow by doubling, and be filled with noughts each time. */
const spare: Float64Array[] = []
const SPARE_MAX = 8
const NONE = new Float64Array(0)
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

export class NumberRows {
  readonly #width: number
  #numbers = spare.pop() ?? new Float64Array(FIRST_NUMBERS)
  #rows = 0

  constructor(width: number) {
    this.#width = width
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
    if (at + this.#width > this.#numbers.length) {
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

  /** A copy of them has been sent: from here on the array is whose rows come next. */
  leave(): void {
    if (spare.length < SPARE_MAX) spare.push(this.#numbers)
    this.#numbers = NONE
    this.#rows = 0
  }
}

/** Rows as they came, read where they lie: they begin anywhere in their buffer, where no array of numbers may. */
export class NumbersIn {
  readonly length: number
  readonly #view: DataView

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.length = byteLength / Float64Array.BYTES_PER_ELEMENT
    this.#view = new DataView(buffer, byteOffset, byteLength)
  }

  at(place: number): number {
    return this.#view.getFloat64(place * Float64Array.BYTES_PER_ELEMENT, IS_LITTLE_ENDIAN)
  }
}
