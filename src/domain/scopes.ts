/** What a key or a token may be narrowed to, below its role. Managing keys is no scope: nobody with less than all may hand out. */
export const SCOPES = [
  'positions:write',
  'positions:read',
  'drivers:write',
  'drivers:read',
  'vehicles:write',
  'vehicles:read',
  'zones:write',
  'zones:read',
  'quotes:write',
  'orders:write',
  'orders:read',
  'offers:write',
  'offers:read',
  'pricing:write',
  'pricing:read',
  'webhooks:write',
  'webhooks:read',
  'operations:read',
  'audit:read',
] as const

export type Scope = (typeof SCOPES)[number]

export function isScope(value: unknown): value is Scope {
  return SCOPES.some(scope => scope === value)
}
