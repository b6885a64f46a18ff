import { expect, test } from 'bun:test'
import { faultOfUrl } from './endpoint-url.ts'

test.each([
  'https://example.com/hooks?of=us',
  'https://example.com:8443/',
  'https://1.1.1.1/',
  'https://[2606:4700::1111]/',
])('%s is taken', url => expect(faultOfUrl(url, false)).toBeNull())

test.each([
  'example.com',
  'http://example.com/',
  'ftp://example.com/',
  'https://user:password@example.com/',
  'https://example.com/#part',
  // Another host than it looks like: what parses it leaves the line break out.
  'https://example.com\n.example.net/',
  'https://exam\u00adple.com/',
  'https://example.com/ hook',
  'https://127.0.0.1/',
  // The same, as people write it who hope that nobody looks.
  'https://127.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://0177.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:7f00:1]/',
  'https://169.254.169.254/latest/meta-data/',
])('%s is not', url => expect(faultOfUrl(url, false)).not.toBeNull())

test('an endless one is not', () =>
  expect(faultOfUrl(`https://example.com/${'x'.repeat(3_000)}`, false)).not.toBeNull())

test('on one’s own premises http:// and private addresses are', () => {
  expect(faultOfUrl('http://10.0.0.7:8080/hooks', true)).toBeNull()
  expect(faultOfUrl('ftp://10.0.0.7/', true)).not.toBeNull()
})
