import { expect, test } from 'bun:test'
import { NatsTargetError, readNatsTarget } from './nats-target.ts'

test('several servers, a default port, TLS and a password are read', () => {
  expect(readNatsTarget('tls://waggle:p%40ss@a.example, tls://b.example:4333')).toEqual({
    servers: ['a.example:4222', 'b.example:4333'],
    tls: true,
    login: { kind: 'password', user: 'waggle', password: 'p@ss' },
    credsFile: null,
    caFile: null,
  })
})

test('a user without a password is a token', () => {
  expect(readNatsTarget('nats://s3cret@a.example').login).toEqual({ kind: 'token', token: 's3cret' })
})

test.each([
  ['http://a.example'],
  ['nats://'],
  [''],
  ['nats://hunter2:hunter2@a.example,nats://hunter2:hunter3@b.example'],
  ['tls://a.example,nats://hunter2:hunter2@b.example'],
  ['nats://hunter2:hunter2@a.example, hunter2'],
])('what is not understood is refused, and no secret is in the sentence: %s', text => {
  try {
    readNatsTarget(text)
    throw new Error('was read')
  } catch (error) {
    expect(error).toBeInstanceOf(NatsTargetError)
    expect(String(error)).not.toContain('hunter')
  }
})

test('a user in the URL beside a credentials file is refused', () => {
  expect(() => readNatsTarget('nats://u:p@a.example', '/etc/waggle.creds')).toThrow(NatsTargetError)
})
