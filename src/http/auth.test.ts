import { expect, test } from 'bun:test'
import { Authenticator } from './auth.ts'
import { Refusal } from './problem.ts'

const KEY = 'wag_0123456789abcdef'
const auth = new Authenticator(KEY)

function request(authorization?: string): Request {
  return new Request('http://localhost/', authorization === undefined ? {} : { headers: { authorization } })
}

test('the admin key opens the door, whatever the case of the scheme', () => {
  expect(auth.fromHeader(request(`Bearer ${KEY}`))).toEqual({ role: 'admin', id: 'admin' })
  expect(auth.fromHeader(request(`bearer  ${KEY} `)).role).toBe('admin')
})

test.each([
  undefined,
  '',
  'Bearer',
  `Basic ${KEY}`,
  KEY,
  `Bearer ${KEY}x`,
  `Bearer ${KEY.slice(0, -1)}`,
  `Bearer ${'x'.repeat(10_000)}`,
])('%p does not, and the refusal says nothing of the key', given => {
  try {
    auth.fromHeader(request(given))
    throw new Error('was let in')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    expect(error.code).toBe('unauthorized')
    expect(JSON.stringify([error.message, error.details])).not.toContain(KEY)
  }
})

test('a socket may carry the key in its query, but a header beats it', () => {
  const token = (text: string) => new URLSearchParams({ token: text })

  expect(auth.fromHeaderOrQuery(request(), token(KEY)).role).toBe('admin')
  expect(() => auth.fromHeaderOrQuery(request(), token('wrong'))).toThrow(Refusal)
  expect(() => auth.fromHeaderOrQuery(request('Bearer wrong'), token(KEY))).toThrow(Refusal)
})
