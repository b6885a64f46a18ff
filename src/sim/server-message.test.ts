import { expect, test } from 'bun:test'
import { readServerMessage } from './server-message.ts'
import { decodeFrame, encodeFrame, WireError } from './wire.ts'

const order = {
  order_id: 'ord_1',
  status: 'assigned',
  pickup: { latitude: 1, longitude: 2 },
  dropoff: { latitude: 3, longitude: 4 },
  driver: { driver_id: 'drv_1', name: null, vehicle_type: null },
}

test('the messages of the contract are read, in both protocols', () => {
  const messages = [
    { type: 'ack', seq: 7 },
    { type: 'error', seq: 3, code: 'invalid', message: 'no' },
    { type: 'offer', offer_id: 'off_1', order, pickup_eta_s: 4, expires_at: '2026-01-01T00:00:00Z' },
    { type: 'offer_revoked', offer_id: 'off_1' },
    { type: 'offer_closed', offer_id: 'off_1' },
    { type: 'accepted', order },
    { type: 'assignment', order },
    { type: 'order_cancelled', order_id: 'ord_1' },
  ]
  for (const protocol of ['json', 'msgpack'] as const) {
    const kinds = messages.map(message => readServerMessage(decodeFrame(encodeFrame(protocol, message))).kind)
    expect(kinds).toEqual(messages.map(message => message.type) as typeof kinds)
  }
})

test('an order is read with what it has', () => {
  expect(readServerMessage({ type: 'assignment', order })).toEqual({
    kind: 'assignment',
    order: {
      orderId: 'ord_1',
      status: 'assigned',
      pickup: { latitude: 1, longitude: 2 },
      dropoff: { latitude: 3, longitude: 4 },
      driverId: 'drv_1',
    },
  })
  expect(readServerMessage({ type: 'assignment', order_id: 'ord_1' })).toEqual({
    kind: 'assignment',
    order: { orderId: 'ord_1', status: null, pickup: null, dropoff: null, driverId: null },
  })
})

test('what is odd is named, and throws nothing', () => {
  expect(readServerMessage({ type: 'news' })).toEqual({ kind: 'other', type: 'news' })
  expect(readServerMessage({ type: 'ack', seq: 'seven' })).toEqual({ kind: 'other', type: 'ack' })
  for (const value of [null, 7, 'ack', [], {}]) expect(readServerMessage(value)).toEqual({ kind: 'other', type: '' })
})

test('a frame that cannot be read is a wire error', () => {
  expect(() => decodeFrame('{')).toThrow(WireError)
  expect(() => decodeFrame(new Uint8Array([0x82, 0xa1]))).toThrow(WireError)
  expect(() => decodeFrame(7)).toThrow('neither text nor bytes')
})
