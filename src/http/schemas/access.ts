/** API keys and the audit log. */
import { type Static, Type } from '@sinclair/typebox'
import { MODES } from '../../domain/mode.ts'
import { SCOPES } from '../../domain/scopes.ts'
import { ROLES } from '../access/principal.ts'
import { checker } from '../validate.ts'
import { Body, Cursor, Instant, Limit, Maybe, OrNull, Text } from './common.ts'

const Time = Type.String({ format: 'date-time' })
const RoleText = Type.Union(ROLES.map(role => Type.Literal(role)))
const ScopeText = Type.Union(SCOPES.map(scope => Type.Literal(scope)))
const Subject = Type.String({
  pattern: '^[\\x21-\\x7e]{1,64}$',
  description: 'Whom the key speaks for: required for a customer’s or a driver’s, whose id it is.',
})

export const NewKey = Body(
  {
    name: Text(100),
    mode: Maybe(
      Type.Union(
        MODES.map(mode => Type.Literal(mode)),
        { description: '`test`: sees and makes test data alone.' },
      ),
    ),
    role: RoleText,
    sub: Maybe(Subject),
    scopes: Maybe(Type.Array(ScopeText, { minItems: 1, maxItems: SCOPES.length, uniqueItems: true })),
    expires_at: Maybe(Instant),
  },
  { $id: 'NewKey' },
)
export type NewKey = Static<typeof NewKey>

/** A week: whoever has not brought the new secret in by then will not. */
export const GRACE_MAX_S = 604_800

export const RotateBody = Body({
  grace_s: Maybe(
    Type.Integer({
      minimum: 0,
      maximum: GRACE_MAX_S,
      description: 'How long the old secret stays good; a day if left out.',
    }),
  ),
})

const key = {
  key_id: Type.String(),
  mode: Type.String({ description: 'live or test.' }),
  name: Type.String(),
  prefix: Type.String({ description: 'How its secret begins.' }),
  role: Type.String(),
  sub: OrNull(Type.String()),
  scopes: OrNull(Type.Array(Type.String())),
  created_at: Time,
  created_by: Type.String(),
  rotated_at: OrNull(Time),
  previous_until: OrNull(Time),
  expires_at: OrNull(Time),
  revoked_at: OrNull(Time),
  last_used_at: OrNull(Type.String({ format: 'date-time', description: 'Some seconds late.' })),
}

export const KeyView = Type.Object(key, { $id: 'Key' })
export type KeyView = Static<typeof KeyView>

export const MadeKeyView = Type.Object(
  {
    ...key,
    secret: OrNull(Type.String({ description: 'Shown this once. Null in the answer to a repeated request.' })),
  },
  { $id: 'MadeKey' },
)

export const KeysQuery = Type.Object({ limit: Limit, cursor: Cursor })

export const AuditQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  actor_role: Type.Optional(RoleText),
  actor_id: Type.Optional(Text(64)),
  action: Type.Optional(Text(64)),
  target: Type.Optional(Text(64)),
  after: Type.Optional(Instant),
  before: Type.Optional(Instant),
})

export const ActView = Type.Object(
  {
    act_id: Type.String(),
    at: Time,
    actor: Type.Object({ role: Type.String(), id: Type.String(), key_id: OrNull(Type.String()) }),
    action: Type.String({ description: 'Such as `key.create` or `order.assign`.' }),
    target: OrNull(Type.String({ description: 'The id of what it was done to.' })),
    address: OrNull(Type.String({ description: 'Where the request came from.' })),
    detail: Type.Record(Type.String(), Type.Unknown()),
    status: OrNull(Type.Integer({ description: 'Of the answer; null where the node died before it.' })),
  },
  { $id: 'Act' },
)
export type ActView = Static<typeof ActView>

export const newKey = checker(NewKey)
export const rotateBody = checker(RotateBody)
export const keysQuery = checker(KeysQuery)
export const auditQuery = checker(AuditQuery)
