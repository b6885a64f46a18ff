/** The secrets that tokens and tracking links are signed with. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { keepSecret } from './kept-secret.ts'

export interface AccessSecrets {
  readonly tokens: readonly [string, ...string[]]
  readonly tracking: readonly [string, ...string[]]
}

type Settings = Pick<Config, 'access' | 'dataDir'>

/** The ones configured, else the one kept in the data directory, else a new one that is kept there from now on. */
export async function keepTokenSecrets({ access, dataDir }: Settings): Promise<readonly [string, ...string[]]> {
  if (access.jwtSecrets !== null) return access.jwtSecrets
  return [(await keepSecret({ file: jwtSecretFile(dataDir), what: 'JWT secret', prefix: 'jwt_' })).secret]
}

export async function keepAccessSecrets(settings: Settings): Promise<AccessSecrets> {
  const [first, ...others] = await keepTokenSecrets(settings)
  return {
    tokens: [first, ...others],
    tracking: settings.access.trackingSecrets ?? [forTracking(first), ...others.map(forTracking)],
  }
}

export function jwtSecretFile(dataDir: string): string {
  return join(dataDir, 'jwt-secret')
}

/** One secret for two purposes: what is signed for one must not count for the other. */
function forTracking(secret: string): string {
  return createHmac('sha256', secret).update('waggle tracking links').digest('base64url')
}
