/** Messages as they are, for benches that only carry them. */
import { termsOf } from '../../src/actors/order/order-terms.fixtures.ts'
import type { Envelope } from '../../src/actors/runtime/envelope.ts'
import type { IntakeItem, LiveFix } from '../../src/actors/runtime/ports.ts'
import { orderAddress } from '../../src/actors/send.ts'
import { type DriverId, newOrderId, type OrderId, type ShardId } from '../../src/domain/ids.ts'
import { actorFleet } from '../actors/fleet.ts'

export const SAMPLES = 1_000
const AT_MS = Date.UTC(2026, 0, 1)

const fleet = actorFleet(SAMPLES)

export function sampleFix(index: number): IntakeItem {
  const at = fleet.place(index, index)
  return {
    driverId: fleet.driverId(index),
    shard: (index % 256) as ShardId,
    token: index,
    index: 0,
    create: true,
    fix: { ...at, speed: 8.25, heading: 90, accuracy: 5, recordedAtMs: AT_MS + index, orderId: null },
  }
}

export function sampleLiveFix(index: number): LiveFix {
  const { driverId, fix } = sampleFix(index)
  const { latitude, longitude, speed, heading, accuracy, orderId } = fix
  const times = { recordedAtMs: AT_MS + index, receivedAtMs: AT_MS + index }
  return { driverId, latitude, longitude, speed, heading, accuracy, orderId, ...times }
}

export function sampleOrder(shard: number, random: () => number): { orderId: OrderId; envelope: Envelope } {
  const orderId = newOrderId(shard as ShardId, AT_MS, random)
  const message = {
    kind: 'order.place',
    by: { role: 'admin', id: 'admin' },
    terms: termsOf(orderId),
    key: null,
    replyTo: { gateway: 'bench', askId: 1 },
  }
  return { orderId, envelope: envelopeTo(orderAddress(orderId), message) }
}

export function cancelOf(orderId: OrderId): Envelope {
  const message = { kind: 'order.cancel', by: { role: 'admin', id: 'admin' }, reason: 'bench' }
  return envelopeTo(orderAddress(orderId), message)
}

export function readOf(driverId: DriverId, shard: ShardId): Envelope {
  return envelopeTo({ kind: 'driver', id: driverId, shard }, {
    kind: 'driver.read',
    replyTo: { gateway: 'bench', askId: 1 },
  } as Envelope['message'])
}

function envelopeTo(to: Envelope['to'], message: Envelope['message']): Envelope {
  return { to, class: 'command', epoch: 0, deadlineMs: 0, hops: 0, message }
}
