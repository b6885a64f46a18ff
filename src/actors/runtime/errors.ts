/** The record did not take the request: nothing was changed, and it may be tried again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** The connection was lost before the answer to a commit: some, all or none of it may be stored. */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError'
}

/** A broken invariant. Stops the shard it was found on, not the process. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence)
}
