import type { DeliveryRecord } from '../../store/webhook-deliveries.ts'
import type { WebhookRecord } from '../../store/webhooks.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { DeliveryView, WebhookView } from '../schemas/webhook.ts'

/** Everything but its secret. */
export function renderWebhook(webhook: WebhookRecord): WebhookView {
  return {
    webhook_id: webhook.webhookId,
    url: webhook.url,
    events: [...webhook.events],
    description: webhook.description,
    mode: webhook.mode,
    status: webhook.status,
    disabled_at: formatInstantOrNull(webhook.disabledAtMs),
    disabled_reason: webhook.disabledReason,
    failing_since: formatInstantOrNull(webhook.failingSinceMs),
    previous_secret_until: formatInstantOrNull(webhook.previousUntilMs),
    created_at: formatInstant(webhook.createdAtMs),
    created_by: webhook.createdBy,
    updated_at: formatInstant(webhook.updatedAtMs),
  }
}

export function renderDelivery(delivery: DeliveryRecord): DeliveryView {
  return {
    delivery_id: delivery.deliveryId,
    webhook_id: delivery.webhookId,
    message_id: delivery.messageId,
    type: delivery.type,
    object_id: delivery.objectId,
    sequence: delivery.sequence,
    state: delivery.state,
    attempts: delivery.attempts,
    replays: delivery.replays,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    took_ms: delivery.tookMs,
    created_at: formatInstant(delivery.createdAtMs),
    last_tried_at: formatInstantOrNull(delivery.lastTriedAtMs),
    next_try_at: formatInstantOrNull(delivery.nextTryAtMs),
    ended_at: formatInstantOrNull(delivery.endedAtMs),
  }
}
