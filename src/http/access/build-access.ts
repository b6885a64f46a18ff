/** The parts that say who calls and write down what was done, put together for one node. */
import { apiKeysById, noteKeyUses } from '../../store/api-keys.ts'
import { insertActs, noteOutcomes } from '../../store/audit-log.ts'
import type { HttpDeps } from '../context.ts'
import type { Socket } from '../sockets/session.ts'
import { AuditTrail } from './audit-trail.ts'
import { Authenticator } from './authenticator.ts'
import { Batches } from './batches.ts'
import { KeyRing } from './key-ring.ts'
import { OpenCredentials } from './open-credentials.ts'
import { TokenVerifier } from './tokens.ts'
import { TrackingLinks } from './tracking-link.ts'

export interface Access {
  readonly auth: Authenticator
  readonly keys: KeyRing
  readonly audit: AuditTrail
  readonly openCredentials: OpenCredentials<Socket>
  readonly tracking: TrackingLinks
  /** Writes what waits, while the record is still there. */
  close(): Promise<void>
}

/** `last_used_at` is a hint for people: seconds do not matter, a write per request would. */
const USES_EVERY_MS = 5_000
const USES_MAX = 10_000

export function buildAccess({ sql, clock, random, config, log }: HttpDeps): Access {
  const onFailure = (what: string) => (error: unknown) => log(`${what}: ${String(error)}`)
  const uses = new Batches<number>({
    clock,
    everyMs: USES_EVERY_MS,
    max: USES_MAX,
    write: batch => noteKeyUses(sql, batch),
    onFailure: onFailure('when keys were last used could not be written'),
  })
  const keys = new KeyRing({
    clock,
    read: keyIds => apiKeysById(sql, keyIds),
    used: (keyId, atMs) => uses.put(keyId, atMs),
  })
  const audit = new AuditTrail({
    clock,
    random,
    insert: acts => insertActs(sql, acts),
    note: outcomes => noteOutcomes(sql, outcomes),
    onFailure: onFailure('the outcome of acts could not be written'),
  })
  const openCredentials = new OpenCredentials<Socket>({
    clock,
    read: keyIds => apiKeysById(sql, keyIds),
    onFailure: onFailure('the keys of open sockets could not be looked at'),
  })
  const tokens = new TokenVerifier(config.tokens, clock, fetchKeys)
  const tracking = new TrackingLinks(config.tracking)
  const auth = new Authenticator({ adminKey: config.adminKey, clock, keys, tokens, links: tracking })
  return {
    auth,
    keys,
    audit,
    openCredentials,
    tracking,
    async close() {
      openCredentials.stop()
      keys.stop()
      await Promise.all([uses.close(), audit.close()])
    },
  }
}

/** Where an issuer's keys are is configured; wherever that would send us on to, is not. */
function fetchKeys(url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
}
