/** What an endpoint was sent, and what became of it. */
import { isDeliveryId, webhookDeliveryTail } from '../../domain/ids.ts'
import { shardOf } from '../../domain/region.ts'
import {
  type DeliveryRecord,
  insertTestDelivery,
  listDeliveries,
  replayDelivery,
} from '../../store/webhook-deliveries.ts'
import { TEST_TYPE } from '../../webhooks/event-types.ts'
import { testBodyText } from '../../webhooks/payload.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { notFound } from '../problem.ts'
import { readQuery } from '../query.ts'
import { renderDelivery } from '../render/webhook.ts'
import { parseInstant } from '../rfc3339.ts'
import { Page } from '../schemas/common.ts'
import { DeliveriesQuery, DeliveryView, deliveriesQuery } from '../schemas/webhook.ts'
import { webhookOf } from './webhooks.ts'

const TAG = 'Webhooks'

export function webhookDeliveryRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/webhooks/{webhook_id}/test',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Send an endpoint a `webhook.test`.',
        description: 'It is sent at once; what came of it stands among the deliveries.',
        answers: { 202: { description: 'The delivery.', schema: DeliveryView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => test(http, call),
    },
    {
      method: 'GET',
      path: '/v1/webhooks/{webhook_id}/deliveries',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'What an endpoint was sent, newest first. Dead letters with `state=dead`.',
        query: DeliveriesQuery,
        answers: { 200: { description: 'A page.', schema: Page(DeliveryView) } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => list(http, call),
    },
    {
      method: 'POST',
      path: '/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Send a delivery again that has ended, dead or delivered.',
        description:
          'At once, under the same `webhook-id`, and for three days anew. One that still waits is left as it is.',
        answers: { 202: { description: 'The delivery.', schema: DeliveryView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => replay(http, call),
    },
  ]
}

async function test(http: Http, call: Call): Promise<Response> {
  const { webhookId, mode } = await webhookOf(http, call)
  const nowMs = http.clock.nowMs()
  const tail = webhookDeliveryTail(nowMs, http.random)
  const messageId = `evt_test_${tail}`
  const delivery = await insertTestDelivery(http.sql, {
    deliveryId: `dlv_test_${tail}`,
    webhookId,
    messageId,
    type: TEST_TYPE,
    shard: shardOf(webhookId, http.config.shards),
    body: testBodyText(messageId, webhookId, mode, nowMs),
  })
  http.webhooks.hint()
  return json(202, renderDelivery(found(delivery)))
}

async function list(http: Http, call: Call): Promise<Response> {
  const query = readQuery(deliveriesQuery, call.request)
  const { webhookId } = await webhookOf(http, call)
  const filter = {
    state: query.state,
    type: query.type,
    objectId: query.object_id,
    afterMs: instantOf(query.created_after),
    beforeMs: instantOf(query.created_before),
  }
  const page = await pageFrom(listDeliveries(http.sql, webhookId, filter, pageRequest(query)))
  return json(200, renderPage(page, renderDelivery))
}

function instantOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseInstant(text) ?? undefined)
}

async function replay(http: Http, call: Call): Promise<Response> {
  const { webhookId } = await webhookOf(http, call)
  const deliveryId = call.params.delivery_id ?? ''
  if (!isDeliveryId(deliveryId)) throw notFound('delivery')
  const delivery = found(await replayDelivery(http.sql, webhookId, deliveryId))
  if (call.act) call.act.detail = { delivery_id: deliveryId }
  http.webhooks.hint()
  return json(202, renderDelivery(delivery))
}

function found(delivery: DeliveryRecord | null): DeliveryRecord {
  if (delivery === null) throw notFound('delivery')
  return delivery
}
