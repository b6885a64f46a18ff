/** What has been started, each with its end. */
export class Started {
  readonly #ends: (() => unknown)[] = []

  push(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Ends everything, the last first, and what is left where one end fails. @throws {AggregateError} */
  async stop(): Promise<void> {
    const failures: unknown[] = []
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `could not end everything: ${failures.join('; ')}`)
  }
}
