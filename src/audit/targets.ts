/**
 * Where the nodes answer, for clients that go on with another node when theirs is gone. A node that is down stays listed
 * unless it is known to be away: who finds nobody there tries the next.
 */
export class Targets {
  readonly #urls = new Map<string, string>()
  #turn = 0

  /** A node that has started again may answer elsewhere. */
  set(node: string, url: string): void {
    this.#urls.set(node, url)
  }

  remove(node: string): void {
    this.#urls.delete(node)
  }

  /** @returns another one than `after` where there is one; null where there is none at all. In turn, so that all are asked. */
  next(after: string | null = null): string | null {
    const all = [...this.#urls.values()]
    const others = all.filter(url => url !== after)
    const from = others.length > 0 ? others : all
    return from[this.#turn++ % Math.max(1, from.length)] ?? null
  }

  /** Whether there is another one than this. */
  hasAnother(url: string): boolean {
    return [...this.#urls.values()].some(other => other !== url)
  }
}
