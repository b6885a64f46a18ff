/** Whoever calls, once it is known who that is. */
import type { Actor } from '../../actors/order/order.state.ts'
import type { DriverId } from '../../domain/ids.ts'
import { type Mode, modeOfDriver } from '../../domain/mode.ts'
import type { Scope } from '../../domain/scopes.ts'

export const ROLES = ['customer', 'driver', 'dispatcher', 'service', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** `link`: whoever holds the tracking link of one order; it looks and never acts. */
export type Caller = Role | 'link'

export interface ShownKey {
  readonly keyId: string
  readonly digest: Buffer
}

export interface Principal {
  readonly role: Caller
  /** It sees and makes data of this mode, and nothing of the other. */
  readonly mode: Mode
  /** Of a customer or driver its own id; of a link the order's. */
  readonly id: string
  /** Who acted, as events and the audit log name it. Apart from the principal: what is stored must not grow with that. */
  readonly actor: Actor
  /** Null: everything that the role may do. */
  readonly scopes: ReadonlySet<Scope> | null
  /** The API key that was shown, and with which of its secrets: it can be revoked or rotated. */
  readonly key: ShownKey | null
  /** When what was shown ends by itself. */
  readonly expiresAtMs: number | null
}

export interface Identity {
  readonly role: Role
  readonly id: string
  /** Left out of a token: a driver's is that of its id, all others are live. */
  readonly mode?: Mode
  readonly scopes?: ReadonlySet<Scope> | null
  readonly key?: ShownKey | null
  readonly expiresAtMs?: number | null
}

export function principalOf({ role, id, mode, scopes, key, expiresAtMs }: Identity): Principal {
  return {
    role,
    mode: mode ?? (role === 'driver' ? modeOfDriver(id as DriverId) : 'live'),
    id,
    actor: { role, id },
    scopes: scopes ?? null,
    key: key ?? null,
    expiresAtMs: expiresAtMs ?? null,
  }
}

export const ADMIN = principalOf({ role: 'admin', id: 'admin' })

/** Of a route that asks for nothing. */
export const NOBODY: Principal = {
  role: 'link',
  mode: 'live',
  id: '',
  actor: { role: 'system', id: 'anonymous' },
  scopes: new Set(),
  key: null,
  expiresAtMs: null,
}

export function isRole(value: unknown): value is Role {
  return ROLES.some(role => role === value)
}
