/** What has been started, each with its end. */
export class Started {
  readonly #ends: (() => unknown)[] = []

  push(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Ends everything, the last first. */
  async stop(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) await end()
  }
}
