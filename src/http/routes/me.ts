/** Who calls, and what that one may do: for pages that offer nobody what they would be refused. */
import { Type } from '@sinclair/typebox'
import { mayDo } from '../access/permit.ts'
import type { Principal } from '../access/principal.ts'
import { ACCESS } from '../access/table.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { formatInstantOrNull } from '../rfc3339.ts'
import { OrNull } from '../schemas/common.ts'

const MeView = Type.Object(
  {
    role: Type.String({ description: '`customer`, `driver`, `dispatcher`, `service` or `admin`.' }),
    id: Type.String({ description: 'Whom the credential speaks for.' }),
    mode: Type.String({ description: 'live or test.' }),
    scopes: OrNull(Type.Array(Type.String(), { description: 'Null: everything that the role may do.' })),
    key_id: OrNull(Type.String({ description: 'Null where it is no API key.' })),
    expires_at: OrNull(Type.String({ format: 'date-time' })),
    may: Type.Array(Type.String(), {
      description:
        'What it may call, as `POST /v1/zones`; of a driver or a customer on what is its own. `WS` is a socket, `TOPIC` what may be ' +
        'subscribed to on it.',
    }),
  },
  { $id: 'Me' },
)

export function meRoutes(): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/v1/me',
      access: 'key',
      operation: {
        tag: 'Access',
        summary: 'Whom the credential speaks for, and what it may do.',
        answers: { 200: { description: 'The caller.', schema: MeView } },
      },
      handle: ({ principal }) => json(200, render(principal)),
    },
  ]
}

function render(principal: Principal): object {
  const { role, id, mode, scopes, key, expiresAtMs } = principal
  return {
    role,
    id,
    mode,
    scopes: scopes === null ? null : [...scopes],
    key_id: key?.keyId ?? null,
    expires_at: formatInstantOrNull(expiresAtMs),
    may: [...ACCESS].filter(([, rule]) => mayDo(rule, principal)).map(([name]) => name),
  }
}
