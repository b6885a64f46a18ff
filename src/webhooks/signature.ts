/**
 * Signatures of Standard Webhooks 1.0: HMAC-SHA256 over `<id>.<timestamp>.<body>`, as `v1,<base64>`, several of them separated by
 * blanks. A secret is `whsec_` and the base64 of its bytes.
 */
import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32

export function newWebhookSecret(randomBytes: (count: number) => Uint8Array): string {
  return PREFIX + Buffer.from(randomBytes(SECRET_BYTES)).toString('base64')
}

export interface Signed {
  readonly id: string
  readonly timestampS: number
  readonly body: string
}

/** @param secrets  one, or after a rotation two: a receiver takes whichever it knows. */
export function signatureHeader({ id, timestampS, body }: Signed, secrets: readonly string[]): string {
  const content = `${id}.${timestampS}.${body}`
  return secrets.map(secret => `v1,${createHmac('sha256', bytesOf(secret)).update(content).digest('base64')}`).join(' ')
}

function bytesOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64')
}
