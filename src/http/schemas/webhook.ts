/** Endpoints of webhooks and their deliveries. */
import { type Static, Type } from '@sinclair/typebox'
import { DELIVERY_STATES } from '../../store/webhook-deliveries.ts'
import { PATTERNS, TEST_TYPE } from '../../webhooks/event-types.ts'
import { URL_LENGTH_MAX } from '../../webhooks/limits.ts'
import { checker } from '../validate.ts'
import { GRACE_MAX_S } from './access.ts'
import { Body, Cursor, Instant, Limit, Maybe, OrNull, Text } from './common.ts'

const Time = Type.String({ format: 'date-time' })
const Pattern = Type.Union(PATTERNS.map(pattern => Type.Literal(pattern)))
const Events = Type.Array(Pattern, {
  minItems: 1,
  maxItems: PATTERNS.length,
  uniqueItems: true,
  description: 'Types of events, or `order.*`, `driver.*`, `*`.',
})
const Url = Text(URL_LENGTH_MAX, { description: 'https://, at a public address, without user and password.' })

export const NewWebhook = Body({ url: Url, events: Events, description: Maybe(Text(200)) }, { $id: 'NewWebhook' })
export type NewWebhook = Static<typeof NewWebhook>

export const WebhookPatch = Body(
  {
    url: Type.Optional(Url),
    events: Type.Optional(Events),
    description: Maybe(Text(200)),
    status: Type.Optional(
      Type.Union([Type.Literal('enabled'), Type.Literal('disabled')], {
        description: 'Enabled again, it gets what has waited for it, oldest first.',
      }),
    ),
  },
  { $id: 'WebhookPatch' },
)

export const RotateSecret = Body({
  grace_s: Maybe(
    Type.Integer({
      minimum: 0,
      maximum: GRACE_MAX_S,
      description: 'How long the old secret signs as well; a day if left out.',
    }),
  ),
})

const webhook = {
  webhook_id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: OrNull(Type.String()),
  mode: Type.String({ description: '`test`: it is told of test data only; `live`: of none.' }),
  status: Type.String({ description: 'enabled or disabled.' }),
  disabled_at: OrNull(Time),
  disabled_reason: OrNull(Type.String({ description: '`request`, or `failing`: nothing was taken for three days.' })),
  failing_since: OrNull(Time),
  previous_secret_until: OrNull(Time),
  created_at: Time,
  created_by: Type.String(),
  updated_at: Time,
}

export const WebhookView = Type.Object(webhook, { $id: 'Webhook' })
export type WebhookView = Static<typeof WebhookView>

export const MadeWebhookView = Type.Object(
  {
    ...webhook,
    secret: OrNull(
      Type.String({ description: '`whsec_…`, shown this once. Null in the answer to a repeated request.' }),
    ),
  },
  { $id: 'MadeWebhook' },
)

const State = Type.Union(DELIVERY_STATES.map(state => Type.Literal(state)))

export const DeliveryView = Type.Object(
  {
    delivery_id: Type.String(),
    webhook_id: Type.String(),
    message_id: Type.String({ description: 'Sent as `webhook-id`: the same for each attempt and each endpoint.' }),
    type: Type.String(),
    object_id: Type.String({ description: 'The order or driver.' }),
    sequence: Type.Integer({ description: 'Numbers the events of that object.' }),
    state: Type.String({ description: '`pending`, `delivered`, or `dead`: given up after three days.' }),
    attempts: Type.Integer({ description: 'Since it was made, or replayed.' }),
    replays: Type.Integer(),
    last_status: OrNull(Type.Integer({ description: 'Of the last answer; null where none came.' })),
    last_error: OrNull(Type.String()),
    took_ms: OrNull(Type.Integer()),
    created_at: Time,
    last_tried_at: OrNull(Time),
    next_try_at: OrNull(
      Type.String({ format: 'date-time', description: 'Null while it waits for one before it, or was not tried yet.' }),
    ),
    ended_at: OrNull(Time),
  },
  { $id: 'WebhookDelivery' },
)
export type DeliveryView = Static<typeof DeliveryView>

export const WebhooksQuery = Type.Object({ limit: Limit, cursor: Cursor })
export const DeliveriesQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  state: Type.Optional(State),
  type: Type.Optional(Text(64, { description: `Such as order.assigned, or ${TEST_TYPE}.` })),
  object_id: Type.Optional(Text(64)),
  created_after: Type.Optional(Instant),
  created_before: Type.Optional(Instant),
})

export const newWebhook = checker(NewWebhook)
export const webhookPatch = checker(WebhookPatch)
export const rotateSecret = checker(RotateSecret)
export const webhooksQuery = checker(WebhooksQuery)
export const deliveriesQuery = checker(DeliveriesQuery)
