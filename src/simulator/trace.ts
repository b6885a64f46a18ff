/** What happened in a run, in words; kept only when somebody will read it. */
export class Trace {
  readonly #lines: string[] | null
  readonly #stamp: () => string

  constructor(options: { readonly isKept: boolean; readonly stamp: () => string }) {
    this.#lines = options.isKept ? [] : null
    this.#stamp = options.stamp
  }

  note(line: () => string): void {
    this.#lines?.push(`${this.#stamp()} ${line()}`)
  }

  last(count: number): readonly string[] {
    return this.#lines?.slice(-count) ?? []
  }
}
