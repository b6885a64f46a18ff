import type { ApiKeyRecord } from '../../store/api-keys.ts'
import type { ActRecord } from '../../store/audit-log.ts'
import { publicPart } from '../access/api-key.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { ActView, KeyView } from '../schemas/access.ts'

/** Everything but its secret, which nobody has. */
export function renderKey(key: ApiKeyRecord): KeyView {
  return {
    key_id: key.keyId,
    mode: key.mode,
    name: key.name,
    prefix: publicPart(key.keyId, key.mode),
    role: key.role,
    sub: key.subject,
    scopes: key.scopes === null ? null : [...key.scopes],
    created_at: formatInstant(key.createdAtMs),
    created_by: key.createdBy,
    rotated_at: formatInstantOrNull(key.rotatedAtMs),
    previous_until: formatInstantOrNull(key.former[0]?.untilMs ?? null),
    expires_at: formatInstantOrNull(key.expiresAtMs),
    revoked_at: formatInstantOrNull(key.revokedAtMs),
    last_used_at: formatInstantOrNull(key.lastUsedAtMs),
  }
}

export function renderAct(act: ActRecord): ActView {
  return {
    act_id: act.actId,
    at: formatInstant(act.atMs),
    actor: { role: act.actorRole, id: act.actorId, key_id: act.keyId },
    action: act.action,
    target: act.target,
    address: act.address,
    detail: { ...act.detail },
    status: act.status,
  }
}
