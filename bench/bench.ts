/** What a bench is: a name, a question, flags, and one line of figures with their units in their names. */
export type Figure = string | number | boolean | null | readonly Figure[] | { readonly [name: string]: Figure }
export type Figures = Readonly<Record<string, Figure>>

export interface BenchResult {
  readonly figures: Figures
  /** Of the server that kept the record; null where the bench needs none. */
  readonly postgresVersion: string | null
}

export interface Bench {
  readonly name: string
  /** One line, for the list of benches. */
  readonly question: string
  readonly help: string
  /**
   * @param progress  told in sentences what is going on.
   * @throws {FlagError} a flag that cannot be.
   * @throws {NoResultError} it ran, or could not, and what it measured is no result.
   */
  run(argv: readonly string[], progress: (sentence: string) => void): Promise<BenchResult>
}

/** The run says nothing that may be quoted: an unsafe server, a node that did not start. The message says why. */
export class NoResultError extends Error {
  override readonly name = 'NoResultError'
}
