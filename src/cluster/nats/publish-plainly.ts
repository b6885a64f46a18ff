/**
 * Publishes without a stream: whoever listens now gets it. The round trip after each batch says that the server has it, and keeps
 * this side from running ahead of the server.
 */
import { headers } from 'nats'
import type { Clock } from '../../actors/runtime/ports.ts'
import { EVENT_CONTENT_TYPE } from '../../feed/cloud-event.ts'
import { PUBLISH_MAX_MS } from '../../feed/limits.ts'
import type { FeedMessage } from '../../feed/ports.ts'
import { type NatsLink, NatsUnreachableError } from './connect.ts'

/** @returns a function that throws {NatsUnreachableError} where the server did not say in time that it has all of a batch. */
export function publishPlainly(link: NatsLink, clock: Clock): (messages: readonly FeedMessage[]) => Promise<void> {
  return async messages => {
    if (!link.isUp) throw new NatsUnreachableError('The connection to NATS is lost.')
    for (const { subject, id, body } of messages) {
      const told = headers()
      told.set('content-type', EVENT_CONTENT_TYPE)
      told.set('Nats-Msg-Id', id)
      link.connection.publish(subject, body, { headers: told })
    }
    const late = Promise.withResolvers<never>()
    const cancel = clock.after(PUBLISH_MAX_MS, () => late.reject(new NatsUnreachableError('NATS does not answer.')))
    try {
      await Promise.race([link.connection.flush(), late.promise])
    } finally {
      cancel()
    }
    // It may have gone and come back meanwhile, and what was under way with it.
    if (!link.isUp) throw new NatsUnreachableError('The connection to NATS is lost.')
  }
}
