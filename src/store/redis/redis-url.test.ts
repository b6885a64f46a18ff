import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redisOptions } from './redis-url.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waggle-redis-url-'))
  await writeFile(join(dir, 'ca.pem'), 'a certificate')
})
afterAll(() => rm(dir, { recursive: true }))

test('a URL says where, which database and who', () => {
  expect(redisOptions('redis://localhost')).toEqual({ host: 'localhost', port: 6_379, db: 0 })
  expect(redisOptions('redis://us%40er:p%3Ass@[::1]:7000/3')).toEqual({
    host: '::1',
    port: 7_000,
    db: 3,
    username: 'us@er',
    password: 'p:ss',
  })
})

test('with TLS, the files that it names are read', () => {
  expect(redisOptions('rediss://cache.example:6380').tls).toEqual({})
  expect(redisOptions(`rediss://cache.example?ca=${join(dir, 'ca.pem')}&servername=other`).tls).toEqual({
    ca: 'a certificate',
    servername: 'other',
  })
})

test.each([
  ['http://localhost', 'must begin with redis:// or rediss://'],
  ['redis://localhost/sixteen', 'a number from 0 to 15, not "sixteen"'],
  ['redis://localhost/16', 'a number from 0 to 15'],
  ['redis://localhost?ca=/ca.pem', 'begin it with rediss://'],
  ['rediss://localhost?verify=no', 'has "verify"'],
  ['rediss://localhost?ca=/nowhere/ca.pem', '/nowhere/ca.pem'],
])('%s is refused with a sentence', (url, sentence) => {
  expect(() => redisOptions(url)).toThrow(sentence)
})

test('a refusal does not repeat the password', () => {
  expect(() => redisOptions('redis://user:secret@localhost/x')).toThrow(/^((?!secret).)*$/)
})
