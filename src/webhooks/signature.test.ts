import { expect, test } from 'bun:test'
import { newWebhookSecret, signatureHeader } from './signature.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

test('signatures are those of the specification’s own libraries', () => {
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1_614_265_330, body: '{"test": 2432232314}' }
  expect(signatureHeader(signed, [SECRET])).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  const other = { id: 'evt_12-34567', timestampS: 1_790_000_000, body: '{"name":"Zoë ✓"}' }
  expect(signatureHeader(other, [SECRET])).toBe('v1,Aar7vXfg6Vp63q/HwXRjY1Rh44FcE03YvE0lk6zJZbw=')
})

test('during a rotation both secrets sign', () => {
  const signed = { id: 'evt_1', timestampS: 1, body: '{}' }
  const [first, second] = [newWebhookSecret(bytes(1)), newWebhookSecret(bytes(2))]
  const both = signatureHeader(signed, [first, second])
  expect(both).toBe(`${signatureHeader(signed, [first])} ${signatureHeader(signed, [second])}`)
})

test('a secret has 32 bytes, as the specification wants them written', () => {
  const secret = newWebhookSecret(bytes(7))
  expect(secret).toStartWith('whsec_')
  expect(Buffer.from(secret.slice(6), 'base64')).toEqual(Buffer.alloc(32, 7))
})

function bytes(value: number): (count: number) => Uint8Array {
  return count => new Uint8Array(count).fill(value)
}
