/** An invariant of the architecture that does not hold; the letter in front is the document's. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** What was broken, without the names of this run: two runs broke the same if this is the same. */
  readonly invariant: string

  constructor(sentence: string) {
    super(sentence)
    this.invariant = /^\([a-z]\)|^[a-z ]+:/.exec(sentence)?.[0] ?? 'other'
  }
}

/** @throws {Violation} */
export function check(holds: boolean, sentence: () => string): void {
  if (!holds) throw new Violation(sentence())
}
