/** Keys for servers, consoles and devices: made, listed, rotated, revoked. Their secrets are shown once and kept by nobody. */
import {
  type ApiKeyRecord,
  apiKeyById,
  insertApiKey,
  keyCreation,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from '../../store/api-keys.ts'
import { isKeyId, makeApiKey, newKeyId } from '../access/api-key.ts'
import { checkNewDriver } from '../access/own-mode.ts'
import { isSubject } from '../access/tokens.ts'
import { readJson, readOptionalJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { invalidField, notFound } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderKey } from '../render/access.ts'
import { parseInstant } from '../rfc3339.ts'
import {
  KeysQuery,
  KeyView,
  keysQuery,
  MadeKeyView,
  NewKey,
  newKey,
  RotateBody,
  rotateBody,
} from '../schemas/access.ts'
import { Page } from '../schemas/common.ts'
import { checked } from '../validate.ts'

const TAG = 'Access'
const GRACE_DEFAULT_S = 86_400

export function keyRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/keys',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Make an API key.',
        description:
          'The answer is the only place where its secret ever stands: a repeat with the same Idempotency-Key is answered with ' +
          'the same key and `secret: null`. `scopes` narrow the key below its role.',
        body: NewKey,
        idempotent: true,
        answers: { 201: { description: 'The key, with its secret.', schema: MadeKeyView } },
        problems: ['record_unavailable'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/keys',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'API keys, newest first.',
        query: KeysQuery,
        answers: { 200: { description: 'A page.', schema: Page(KeyView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const page = await pageFrom(listApiKeys(http.sql, pageRequest(readQuery(keysQuery, call.request))))
        return json(200, renderPage(page, renderKey))
      },
    },
    {
      method: 'GET',
      path: '/v1/keys/{key_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One API key.',
        answers: { 200: { description: 'The key.', schema: KeyView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => json(200, renderKey(found(await apiKeyById(http.sql, keyIdOf(call))))),
    },
    {
      method: 'POST',
      path: '/v1/keys/{key_id}/rotate',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Give a key another secret.',
        description:
          'Those before stay good, each for the `grace_s` of its rotation, so that a repeat after a lost answer ends none that is ' +
          'in use; with `grace_s` 0 all of them end now, with the sockets that they opened.',
        body: RotateBody,
        bodyOptional: true,
        answers: { 200: { description: 'The key, with its new secret.', schema: MadeKeyView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => rotate(http, call),
    },
    {
      method: 'DELETE',
      path: '/v1/keys/{key_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Revoke a key.',
        description:
          'At once on this node, within five seconds on every other; its sockets are closed. A repeat changes nothing.',
        answers: { 200: { description: 'The key.', schema: KeyView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => {
        const keyId = keyIdOf(call)
        const key = found(await revokeApiKey(http.sql, keyId, http.clock.nowMs()))
        changed(http, key)
        return json(200, renderKey(key))
      },
    },
  ]
}

/** @throws {Refusal} `not_found` */
function keyIdOf(call: Call): string {
  const keyId = call.params.key_id ?? ''
  if (!isKeyId(keyId)) throw notFound('key')
  return keyId
}

function found(key: ApiKeyRecord | null): ApiKeyRecord {
  if (key === null) throw notFound('key')
  return key
}

function changed(http: Http, key: ApiKeyRecord): void {
  http.keys.forget(key.keyId)
  http.openCredentials.changed(key.keyId, key)
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newKey, await readJson(call.request, http.config.limits.bodyBytesMax))
  checkSubject(body)
  const claim = claimOf({ ...call, route: 'POST /v1/keys', body })
  const made = await http.idempotency.once<Made>(
    claim,
    key => insert(http, call, body, key),
    async ({ key_id: keyId }) => ({
      record: found(await apiKeyById(http.sql, String(keyId))),
      secret: null,
    }),
  )
  const { record } = made
  if (call.act) {
    call.act.target = record.keyId
    call.act.detail = {
      name: record.name,
      mode: record.mode,
      role: record.role,
      sub: record.subject,
      scopes: body.scopes ?? null,
    }
  }
  return json(201, { ...renderKey(record), secret: made.secret })
}

interface Made {
  readonly record: ApiKeyRecord
  /** Null where the key was made by an earlier request. */
  readonly secret: string | null
}

async function insert(http: Http, call: Call, body: NewKey, key: Claim | null): Promise<Outcome<Made>> {
  const mode = body.mode ?? 'live'
  const { keyId, secret, digest } = makeApiKey(newKeyId(http.randomBytes), mode, http.randomBytes)
  const { role, id } = call.principal.actor
  const record: ApiKeyRecord = {
    keyId,
    mode,
    name: body.name,
    role: body.role,
    subject: body.sub ?? null,
    scopes: body.scopes ?? null,
    digest,
    createdAtMs: http.clock.nowMs(),
    createdBy: `${role}:${id}`,
    expiresAtMs: checkedExpiry(http, body),
    former: [],
    rotatedAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
  }
  const stored = await insertApiKey(
    http.sql,
    record,
    key === null ? undefined : { ...key, response: keyCreation(keyId) },
  )
  return stored === 'key_taken' ? { kind: 'key_taken' } : { kind: 'done', value: { record, secret } }
}

function checkedExpiry(http: Http, { expires_at: text }: NewKey): number | null {
  const expiresAtMs = typeof text === 'string' ? parseInstant(text) : null
  if (expiresAtMs !== null && expiresAtMs <= http.clock.nowMs())
    throw invalidField('/expires_at', 'Expected a later time')
  return expiresAtMs
}

/** A customer or a driver is somebody; the other roles may be just a key. */
function checkSubject({ role, sub, mode }: NewKey): void {
  const isSomebody = role === 'customer' || role === 'driver'
  if (isSomebody && (sub ?? null) === null) throw invalidField('/sub', `Required: whose id a ${role} is`)
  if (typeof sub === 'string' && !isSubject(role, sub)) throw invalidField('/sub', `Expected the id of a ${role}`)
  if (typeof sub === 'string' && role === 'driver') checkNewDriver(sub, mode ?? 'live', '/sub')
}

async function rotate(http: Http, call: Call): Promise<Response> {
  const body = checked(rotateBody, await readOptionalJson(call.request, http.config.limits.bodyBytesMax))
  const before = found(await apiKeyById(http.sql, keyIdOf(call)))
  const { keyId, secret, digest } = makeApiKey(before.keyId, before.mode, http.randomBytes)
  const atMs = http.clock.nowMs()
  const graceS = body.grace_s ?? GRACE_DEFAULT_S
  const key = await rotateApiKey(http.sql, { keyId, digest, atMs, previousUntilMs: atMs + graceS * 1_000 })
  const rotated = found(key)
  changed(http, rotated)
  if (call.act) call.act.detail = { grace_s: graceS }
  return json(200, { ...renderKey(rotated), secret })
}
