import type { TokenSettings } from './access/tokens.ts'
import type { TrackingSettings } from './access/tracking-link.ts'
import type { EdgeConfig } from './edge.ts'
import type { HttpLimits } from './limits.ts'

export interface HttpConfig {
  /** May do everything. Never logged. */
  readonly adminKey: string
  readonly tokens: TokenSettings
  readonly tracking: TrackingSettings
  /** How many proxies of ours stand in front, each of which appends to `X-Forwarded-For`. */
  readonly proxies: number
  readonly edge: EdgeConfig
  /** Where clients reach this node, without a slash at its end; null: `http://localhost` and the port. */
  readonly publicUrl: string | null
  /** Webhooks may go to private addresses, and by http://. */
  readonly webhooksPrivate: boolean
  /** Of the deployment. */
  readonly shards: number
  readonly quoteTtlS: number
  /** A position older than this is stale. */
  readonly staleS: number
  readonly limits: HttpLimits
}
