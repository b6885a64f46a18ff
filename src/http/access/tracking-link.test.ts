import { expect, test } from 'bun:test'
import { AT_MS, ORDER_ID, order } from '../render/render.fixtures.ts'
import { TrackingLinks } from './tracking-link.ts'

const SECRET = 'a-secret-for-links-0123456789-0123456789'
const DAY_MS = 86_400_000
const links = new TrackingLinks({ secrets: [SECRET], ttlMs: DAY_MS })
const token = links.tokenFor(order())

test('a link shows its order, and nothing but that', () => {
  expect(links.read(token, AT_MS)).toMatchObject({ role: 'link', id: ORDER_ID, expiresAtMs: AT_MS + DAY_MS })
})

test('an order has one link, whatever becomes of it', () => {
  expect(links.tokenFor({ ...order({ status: 'cancelled' }), createdAtMs: AT_MS })).toBe(token)
})

test('it ends some time after the order was made, or is due', () => {
  expect(links.read(token, AT_MS + DAY_MS - 1)).not.toBeNull()
  expect(links.read(token, AT_MS + DAY_MS)).toBeNull()
  const { terms } = order()
  const later = links.tokenFor({ terms: { ...terms, scheduledAtMs: AT_MS + 30 * DAY_MS }, createdAtMs: AT_MS })
  expect(links.read(later, AT_MS + 30 * DAY_MS)).not.toBeNull()
})

test('nobody makes one of another order, or a longer one, out of it', () => {
  const [, tail = '', expiry = '', signature = ''] = token.split('_')
  const flipped = `${signature.slice(0, -2)}${signature.endsWith('A') ? 'BA' : 'AA'}`
  for (const forged of [
    `trk_${tail.replace(/.$/, '0')}_${expiry}_${signature}`,
    `trk_${tail}_${(Number.parseInt(expiry, 36) + 1).toString(36)}_${signature}`,
    `trk_${tail}_${expiry}_${flipped}`,
    `trk_${tail}_${expiry}_${'A'.repeat(22)}`,
    `trk_${tail}_${expiry}_`,
    `trk_${tail}_${expiry}`,
    'trk_',
  ]) {
    expect(links.read(forged, AT_MS)).toBeNull()
  }
})

test('links of the secret before are honoured until it is dropped', () => {
  const rotated = new TrackingLinks({ secrets: ['a-newer-secret-0123456789-0123456789', SECRET], ttlMs: DAY_MS })
  expect(rotated.read(token, AT_MS)).toMatchObject({ id: ORDER_ID })
  expect(rotated.read(rotated.tokenFor(order()), AT_MS)).toMatchObject({ id: ORDER_ID })
  const dropped = new TrackingLinks({ secrets: ['a-newer-secret-0123456789-0123456789'], ttlMs: DAY_MS })
  expect(dropped.read(token, AT_MS)).toBeNull()
})
