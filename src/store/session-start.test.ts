import { expect, test } from 'bun:test'
import { isUnserved, SessionStart } from './session-start.ts'

const READY = Buffer.from('Z\0\0\0\x05I', 'latin1')
const FIELDS = 'SFATAL\0C57P01\0Mterminating connection\0\0'
const REFUSAL = Buffer.concat([
  Buffer.from('E', 'latin1'),
  Buffer.from([0, 0, 0, 4 + FIELDS.length]),
  Buffer.from(FIELDS, 'latin1'),
])

test('a refusal before the server is ready is the failure of the connection, in however many pieces it comes', () => {
  expect(isUnserved(new SessionStart().read(REFUSAL))).toBe(true)
  const start = new SessionStart()
  expect(start.read(REFUSAL.subarray(0, 9))).toBeNull()
  expect(isUnserved(start.read(REFUSAL.subarray(9)))).toBe(true)
})

test('one that comes with the word that it is ready is left to the driver, as of any session that has begun', () => {
  const start = new SessionStart()
  expect(start.read(Buffer.concat([READY, REFUSAL]))).toBeNull()
  expect(start.isReady).toBe(true)
})
