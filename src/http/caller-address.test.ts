import { expect, test } from 'bun:test'
import { callerAddress, networkOf } from './caller-address.ts'

function request(forwarded?: string): Request {
  return new Request('http://localhost/', forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } })
}

test('without a proxy of ours nobody is believed but the connection', () => {
  expect(callerAddress(request('203.0.113.9'), '192.0.2.1', 0)).toBe('192.0.2.1')
})

test('it is what the farthest proxy of ours saw, whatever the caller has written before it', () => {
  expect(callerAddress(request('1.2.3.4, 203.0.113.9'), '10.0.0.2', 1)).toBe('203.0.113.9')
  expect(callerAddress(request('1.2.3.4, 203.0.113.9, 10.0.0.1'), '10.0.0.2', 2)).toBe('203.0.113.9')
  expect(callerAddress(request('2001:db8::1'), '10.0.0.2', 1)).toBe('2001:db8::1')
})

test('where a proxy has written nothing of the kind, it is the proxy', () => {
  expect(callerAddress(request(), '10.0.0.2', 1)).toBe('10.0.0.2')
  expect(callerAddress(request('203.0.113.9'), '10.0.0.2', 2)).toBe('10.0.0.2')
  expect(callerAddress(request('<script>'), '10.0.0.2', 1)).toBe('10.0.0.2')
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
