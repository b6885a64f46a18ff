/** Generated mutants that change nothing anybody could see, each explained; and survivors that are, but do not matter. */
import type { Mutant } from './mutation.ts'

export interface Equivalent {
  /** Ends of ids: `<file name>: <what was changed>`; a line number would be wrong tomorrow. */
  readonly id: string
  readonly why: string
}

export const EQUIVALENTS: readonly Equivalent[] = []

/** @returns why it cannot be told from the original, or null. */
export function equivalenceOf({ id }: Mutant): string | null {
  return EQUIVALENTS.find(e => e.id === id)?.why ?? null
}
