import type { HttpLimits } from './limits.ts'

export interface HttpConfig {
  /** May do everything. Never logged. */
  readonly adminKey: string
  /** Where clients reach this node, without a slash at its end; null: `http://localhost` and the port. */
  readonly publicUrl: string | null
  readonly quoteTtlS: number
  /** A position older than this is stale. */
  readonly staleS: number
  readonly limits: HttpLimits
}
