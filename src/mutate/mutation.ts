/**
 * What a mutation is. One change of one file that takes a guard away; if the tests are worth anything, something notices.
 * Picked by hand, it names the guard and what it is for; generated, it comes from an operator and a place.
 */

/** Picked by hand, as data. */
export interface Mutation {
  readonly id: string
  /** What is taken away, in a few words. */
  readonly guard: string
  readonly file: string
  /** Exact text that is in the file once. */
  readonly find: string
  readonly replace: string
  /** What goes wrong without it. */
  readonly why: string
}

/** One edit of one file: what a scratch copy is changed by. */
export interface Mutant {
  readonly id: string
  readonly file: string
  /** Of the file's text, in UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly replacement: string
  readonly label: string
}

/** The source has moved on: the mutation says nothing any more, and must be brought up to date. */
export class StaleMutationError extends Error {
  override readonly name = 'StaleMutationError'
}

/** @throws {StaleMutationError} unless the text is there exactly once. */
export function mutantOf(mutation: Mutation, text: string): Mutant {
  const { id, guard, file, find, replace } = mutation
  const start = text.indexOf(find)
  if (start < 0) throw new StaleMutationError(`${id}: its text is not in ${file} any more`)
  if (text.indexOf(find, start + 1) >= 0) throw new StaleMutationError(`${id}: its text is in ${file} more than once`)
  return { id, file, start, end: start + find.length, replacement: replace, label: guard }
}

export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}
