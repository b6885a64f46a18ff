/**
 * Rows of numbers on their way between two threads of this node. Positions come by the thousand, and a tuple for each would
 * have to be taken apart field by field on the other side; rows are written into one array and read where they lie. Only
 * between threads: the numbers are as this machine writes them.
 *
 * What rows are written into is used again, and what came is read where it lies: a position crosses twice, and arrays of some hundred
 * kilobytes for each batch are pages that the kernel must clear.
 */

/** Rows of one frame at most: a longer one would hold the receiving thread up. */
export const ROWS_MAX = 2_000
const FIRST_ROWS = 32
/** A few frames of a batch at once; 160 KB each at most. */
const SPARE_MAX = 8

/** Of rows that are freed. */
const spare: Float64Array[] = []
const NONE = new Float64Array(0)

export class NumberRows {
  readonly #width: number
  #numbers: Float64Array
  #rows = 0

  constructor(width: number) {
    this.#width = width
    this.#numbers = spare.pop() ?? new Float64Array(width * FIRST_ROWS)
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

  /** They have been copied out, and none is added any more. */
  free(): void {
    if (this.#numbers === NONE) return
    if (spare.length < SPARE_MAX) spare.push(this.#numbers)
    this.#numbers = NONE
  }
}

/** Rows as they came. */
export class ReceivedNumbers {
  readonly length: number
  readonly #view: DataView

  /** @param bytes  wherever they lie in their buffer. */
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.length = bytes.byteLength / Float64Array.BYTES_PER_ELEMENT
  }

  at(index: number): number {
    // Least byte first, as every machine writes them that Bun runs on.
    return this.#view.getFloat64(index * Float64Array.BYTES_PER_ELEMENT, true)
  }
}
