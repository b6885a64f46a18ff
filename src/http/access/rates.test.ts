import { expect, test } from 'bun:test'
import { ADMIN, principalOf } from './principal.ts'
import { kindOf, readRates, whoSpends } from './rates.ts'
import { ruleOf } from './table.ts'

test('what is said replaces the default, the rest stays', () => {
  const rates = readRates('customer.write=30, link.read=off,service.write=5000')
  if (typeof rates === 'string') throw new Error(rates)
  expect([rates.get('customer.write'), rates.get('service.write'), rates.get('driver.position')]).toEqual([
    30, 5_000, 600,
  ])
  expect(rates.has('link.read')).toBe(false)
})

test('a route and an address can be held by themselves', () => {
  const rates = readRates('POST /v1/quotes=30,WS /v1/live=100,address.request=6000')
  if (typeof rates === 'string') throw new Error(rates)
  expect([rates.get('POST /v1/quotes'), rates.get('WS /v1/live'), rates.get('address.request')]).toEqual([
    30, 100, 6_000,
  ])
})

test('by default neither admins nor servers are held, and "off" holds nobody', () => {
  const rates = readRates('')
  if (typeof rates === 'string') throw new Error(rates)
  expect([...rates.keys()].filter(name => /^(admin|service)/.test(name))).toEqual([])
  expect(readRates('off')).toEqual(new Map())
})

test.each([
  'customer',
  'customer.write',
  'customer.write=0',
  'customer.write=-1',
  'root.write=1',
  'customer.fly=1',
  'a.b.c=1',
  'POST /v1/nothing=1',
])('%p is not understood', text => {
  expect(typeof readRates(text)).toBe('string')
})

test('positions, reads and writes are held apart, and each key by itself', () => {
  expect(kindOf('POST', ruleOf('POST /v1/locations'))).toBe('position')
  expect(kindOf('POST', ruleOf('POST /v1/orders'))).toBe('write')
  expect(kindOf('GET', ruleOf('GET /v1/orders'))).toBe('read')
  expect(whoSpends(ADMIN)).toBe('admin:admin')
  expect(whoSpends(principalOf({ role: 'driver', id: 'drv_1' }))).toBe('driver:drv_1')
  expect(
    whoSpends(principalOf({ role: 'service', id: 'shop', key: { keyId: 'key_1', digest: Buffer.alloc(32) } })),
  ).toBe('key_1')
})
