/**
 * Tries that may still be answered, of what is not waited for any more: given up, or answered by another try of it. Kept so that an
 * answer to one of them is known from a second answer to what was answered.
 */

/** Half a megabyte. What was lost with a node stays for good: beyond this the oldest are forgotten, and an answer to one is a surplus. */
export const OPEN_TRIES_MAX = 50_000

export class OpenTries {
  /** By what they were tries of, the oldest first; of each of its parts, how many. */
  readonly #byToken = new Map<number, number[]>()
  #size = 0

  /** @param tries  by index, of each part so many. */
  keep(token: number, tries: number[]): void {
    if (tries.every(open => open === 0)) return
    this.#byToken.set(token, tries)
    this.#size += tries.length
    for (const [oldest] of this.#byToken) {
      if (this.#size <= OPEN_TRIES_MAX) break
      this.#drop(oldest)
    }
  }

  /** @returns whether one was under way. */
  answered(token: number, index: number): boolean {
    const tries = this.#byToken.get(token)
    if (!tries || !close(tries, index)) return false
    if (tries.every(open => open === 0)) this.#drop(token)
    return true
  }

  #drop(token: number): void {
    this.#size -= this.#byToken.get(token)?.length ?? 0
    this.#byToken.delete(token)
  }
}

/** @returns whether one was under way. */
export function close(tries: number[], index: number): boolean {
  const open = tries[index] ?? 0
  if (open > 0) tries[index] = open - 1
  return open > 0
}
