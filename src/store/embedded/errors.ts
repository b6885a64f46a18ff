/** Why the embedded server cannot serve. The message is a sentence for the person who started the node. */
export type EmbeddedPostgresErrorCode =
  /** Another live node owns the data directory. Nothing was changed. */
  | 'already_owned'
  /** The data directory cannot be made, entered or written, or its cluster belongs to somebody else. */
  | 'data_dir_unusable'
  /** We are root, Postgres refuses root, and no other user can be had. */
  | 'no_server_user'
  /** The binaries are missing, do not run on this machine, or cannot be put where the server's user can read them. */
  | 'binaries_unusable'
  /** The data directory says that its cluster lies elsewhere, and there it is not. */
  | 'cluster_missing'
  /** The cluster was made by another major version. */
  | 'cluster_version'
  /** The cluster exists but its password is lost or refused. */
  | 'password_lost'
  | 'initdb_failed'
  /** Retryable: the cluster is as it was. */
  | 'start_failed'
  /** The server outlived every signal, or is not ours to signal. */
  | 'stop_failed'

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
  }
}

/** The end of each sentence that leaves only one way out. */
export const USE_OWN_SERVER = 'Or set WAGGLE_POSTGRES_URL to use a Postgres server of your own.'

/** @returns the `code` of a system, SQLite or Postgres error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
