import { expect, test } from 'bun:test'
import { urlOf } from './node-url.ts'

test.each([
  ['127.0.0.1', 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://localhost:3000'],
  ['::', 'http://localhost:3000'],
  ['::1', 'http://[::1]:3000'],
  ['fe80::1', 'http://[fe80::1]:3000'],
  ['dispatch.example', 'http://dispatch.example:3000'],
])('a node on %p is reached at %p', (host, url) => {
  expect(urlOf(host, 3000)).toBe(url)
  expect(URL.canParse(url)).toBe(true)
})
