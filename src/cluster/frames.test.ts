import { expect, test } from 'bun:test'
import type { Envelope, Message } from '../actors/runtime/envelope.ts'
import { orderAddress } from '../actors/send.ts'
import { newOrderId, type ShardId } from '../domain/ids.ts'
import {
  decodeBatch,
  encodeBatch,
  envelopeFrame,
  envelopeTextFrame,
  FRAME,
  readEnvelope,
  readEnvelopeText,
} from './frames.ts'

test('each kind of frame has a number of its own', () => {
  const numbers = Object.values(FRAME)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('a command is the same to its actor, whether it comes from its own node or from another', () => {
  const reason = 'Grüße "\u{1f6b2}"\n'
  const message = { kind: 'order.cancel', reason, by: { role: 'admin', id: 'a' }, replyTo: { gateway: 'g', askId: 7 } }
  const to = orderAddress(newOrderId(3 as ShardId, 1_700_000_000_000, () => 0.5))
  const plain: Envelope = {
    to,
    class: 'command',
    epoch: 4,
    deadlineMs: 1_700_000_006_000,
    hops: 1,
    message: message as Message,
  }
  for (const envelope of [plain, { ...plain, trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }]) {
    const [away, here] = decodeBatch(encodeBatch([envelopeFrame(envelope), envelopeTextFrame(envelope)]))
    expect([readEnvelope(away ?? []), readEnvelopeText(here ?? [])]).toEqual([envelope, envelope])
  }
})
