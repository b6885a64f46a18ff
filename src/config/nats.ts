/** Settings of NATS: where it is, and what of the event stream it keeps. */
import { type NatsTarget, NatsTargetError, readNatsTarget } from '../cluster/nats/nats-target.ts'
import { ConfigError } from './config-error.ts'
import type { SettingReader } from './values.ts'

export interface NatsConfig {
  readonly target: NatsTarget
  /** Servers that keep the event stream. */
  readonly replicas: number
  readonly feed: {
    readonly ageMaxMs: number
    readonly bytesMax: number
    readonly isPublishingPositions: boolean
  }
}

/** @returns null where no NATS is set. What is set beside it is looked at in any case. */
export function readNatsConfig({ text, whole, flag }: SettingReader): NatsConfig | null {
  if (text('WAGGLE_NATS_URL') && !text('WAGGLE_POSTGRES_URL')) {
    throw new ConfigError(
      'WAGGLE_NATS_URL is set and WAGGLE_POSTGRES_URL is not: the nodes of a cluster share one Postgres, which must be given.',
    )
  }
  const settings = {
    replicas: whole('WAGGLE_NATS_REPLICAS', 1, 5),
    feed: {
      ageMaxMs: whole('WAGGLE_FEED_AGE_H', 1, 8_760) * 3_600_000,
      bytesMax: whole('WAGGLE_FEED_MAX_MB', 16, 1_048_576) * 1_048_576,
      isPublishingPositions: flag('WAGGLE_POSITIONS_FEED'),
    },
  }
  const url = text('WAGGLE_NATS_URL')
  if (url === '') return null
  try {
    return {
      target: readNatsTarget(url, text('WAGGLE_NATS_CREDS') || null, text('WAGGLE_NATS_CA') || null),
      ...settings,
    }
  } catch (error) {
    if (!(error instanceof NatsTargetError)) throw error
    throw new ConfigError(`WAGGLE_NATS_URL: ${error.message}.`, { cause: error })
  }
}
