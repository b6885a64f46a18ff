/** Endpoints that are told what happens: made, listed, changed, given another secret, deleted. */
import { isWebhookId, newWebhookId } from '../../domain/ids.ts'
import {
  changeWebhook,
  deleteWebhook,
  insertWebhook,
  listWebhooks,
  type NewWebhook as NewWebhookRecord,
  rotateWebhookSecret,
  type WebhookRecord,
  webhookById,
  webhookCreation,
} from '../../store/webhooks.ts'
import { faultOfUrl } from '../../webhooks/endpoint-url.ts'
import { EVENT_TYPES } from '../../webhooks/event-types.ts'
import { WEBHOOKS_MAX } from '../../webhooks/limits.ts'
import { newWebhookSecret } from '../../webhooks/signature.ts'
import { readJson, readOptionalJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { invalidField, notFound, Refusal } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderWebhook } from '../render/webhook.ts'
import { Page } from '../schemas/common.ts'
import {
  MadeWebhookView,
  NewWebhook,
  newWebhook,
  RotateSecret,
  rotateSecret,
  WebhookPatch,
  WebhooksQuery,
  WebhookView,
  webhookPatch,
  webhooksQuery,
} from '../schemas/webhook.ts'
import { checked } from '../validate.ts'

const TAG = 'Webhooks'
const GRACE_DEFAULT_S = 86_400

export function webhookRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/webhooks',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Be told what happens, at an endpoint of yours.',
        description:
          'Requests are signed as Standard Webhooks 1.0 says (`webhook-id`, `webhook-timestamp`, `webhook-signature`); the answer is the ' +
          'only place where the secret ever stands. Each event comes at least once, those of one object in the order of `sequence`. ' +
          `What is not answered with 2xx within ten seconds comes again for three days. Types: ${EVENT_TYPES.join(', ')}.`,
        body: NewWebhook,
        idempotent: true,
        answers: { 201: { description: 'The endpoint, with its secret.', schema: MadeWebhookView } },
        problems: ['limit_reached', 'record_unavailable'],
      },
      handle: call => create(http, call),
    },
    {
      method: 'GET',
      path: '/v1/webhooks',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Endpoints, newest first.',
        query: WebhooksQuery,
        answers: { 200: { description: 'A page.', schema: Page(WebhookView) } },
        problems: ['record_unavailable'],
      },
      handle: async call => {
        const request = pageRequest(readQuery(webhooksQuery, call.request))
        return json(
          200,
          renderPage(await pageFrom(listWebhooks(http.sql, call.principal.mode, request)), renderWebhook),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/webhooks/{webhook_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One endpoint.',
        answers: { 200: { description: 'The endpoint.', schema: WebhookView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => json(200, renderWebhook(await webhookOf(http, call))),
    },
    {
      method: 'PATCH',
      path: '/v1/webhooks/{webhook_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Change an endpoint; disable it, or enable it again.',
        description: 'While it is disabled what happens waits for it, as long as deliveries are kept.',
        body: WebhookPatch,
        answers: { 200: { description: 'The endpoint.', schema: WebhookView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => patch(http, call),
    },
    {
      method: 'DELETE',
      path: '/v1/webhooks/{webhook_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Delete an endpoint, with its deliveries.',
        answers: { 204: { description: 'It is gone.' } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => {
        const { mode } = call.principal
        if (!(await deleteWebhook(http.sql, mode, webhookIdOf(call)))) throw notFound('webhook')
        return new Response(null, { status: 204 })
      },
    },
    {
      method: 'POST',
      path: '/v1/webhooks/{webhook_id}/rotate-secret',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Give an endpoint another secret.',
        description: 'The one before signs as well for `grace_s`: requests then carry two signatures.',
        body: RotateSecret,
        bodyOptional: true,
        answers: { 200: { description: 'The endpoint, with its new secret.', schema: MadeWebhookView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => rotate(http, call),
    },
  ]
}

/** Of another mode there is none. @throws {Refusal} `not_found` */
export async function webhookOf(http: Http, call: Call): Promise<WebhookRecord> {
  return found(await webhookById(http.sql, call.principal.mode, webhookIdOf(call)))
}

/** @throws {Refusal} `not_found` */
function webhookIdOf({ params }: Call): string {
  const webhookId = params.webhook_id ?? ''
  if (!isWebhookId(webhookId)) throw notFound('webhook')
  return webhookId
}

function found(webhook: WebhookRecord | null): WebhookRecord {
  if (webhook === null) throw notFound('webhook')
  return webhook
}

interface Made {
  readonly webhookId: string
  /** Null where it was made by an earlier request. */
  readonly secret: string | null
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newWebhook, await readJson(call.request, http.config.limits.bodyBytesMax))
  checkUrl(http, body.url)
  const claim = claimOf({ ...call, route: 'POST /v1/webhooks', body })
  const made = await http.idempotency.once(
    claim,
    key => insert(http, call, body, key),
    ({ webhook_id: webhookId }): Made => ({ webhookId: String(webhookId), secret: null }),
  )
  const webhook = found(await webhookById(http.sql, call.principal.mode, made.webhookId))
  if (call.act) {
    call.act.target = made.webhookId
    call.act.detail = { url: withoutQuery(webhook.url), events: [...webhook.events] }
  }
  return json(201, { ...renderWebhook(webhook), secret: made.secret })
}

async function insert(http: Http, call: Call, body: NewWebhook, key: Claim | null): Promise<Outcome<Made>> {
  const { mode, actor } = call.principal
  const nowMs = http.clock.nowMs()
  const webhook: NewWebhookRecord = {
    webhookId: newWebhookId(nowMs, http.random),
    mode,
    url: body.url,
    events: body.events,
    description: body.description ?? null,
    createdAtMs: nowMs,
    createdBy: `${actor.role}:${actor.id}`,
    secret: newWebhookSecret(http.randomBytes),
  }
  const { webhookId, secret } = webhook
  const claim = key === null ? undefined : { ...key, response: webhookCreation(webhookId) }
  const stored = await insertWebhook(http.sql, webhook, { max: WEBHOOKS_MAX, claim })
  if (stored === 'created') http.webhooks.changed()
  if (stored === 'too_many') {
    throw new Refusal('limit_reached', `There are ${WEBHOOKS_MAX} endpoints, which is as many as there may be.`)
  }
  return stored === 'key_taken' ? { kind: 'key_taken' } : { kind: 'done', value: { webhookId, secret } }
}

/** Where the name leads is judged with each connection. @throws {Refusal} `invalid` */
function checkUrl(http: Http, url: string): void {
  const fault = faultOfUrl(url, http.config.webhooksPrivate)
  if (fault !== null) throw invalidField('/url', fault)
}

/** A query may hold a secret of the receiver's, which has no place in a log. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

async function patch(http: Http, call: Call): Promise<Response> {
  const body = checked(webhookPatch, await readJson(call.request, http.config.limits.bodyBytesMax))
  if (body.url !== undefined) checkUrl(http, body.url)
  if (call.act) {
    const url = body.url === undefined ? {} : { url: withoutQuery(body.url) }
    call.act.detail = { ...body, ...url, fields: Object.keys(body) }
  }
  const { mode } = call.principal
  const change = { mode, webhookId: webhookIdOf(call), change: body, atMs: http.clock.nowMs() }
  const webhook = found(await changeWebhook(http.sql, change))
  http.webhooks.hint()
  return json(200, renderWebhook(webhook))
}

async function rotate(http: Http, call: Call): Promise<Response> {
  const body = checked(rotateSecret, await readOptionalJson(call.request, http.config.limits.bodyBytesMax))
  const graceS = body.grace_s ?? GRACE_DEFAULT_S
  const secret = newWebhookSecret(http.randomBytes)
  const atMs = http.clock.nowMs()
  const webhook = await rotateWebhookSecret(http.sql, {
    mode: call.principal.mode,
    webhookId: webhookIdOf(call),
    secret,
    previousUntilMs: atMs + graceS * 1_000,
    atMs,
  })
  if (call.act) call.act.detail = { grace_s: graceS }
  return json(200, { ...renderWebhook(found(webhook)), secret })
}
