import { expect, test } from 'bun:test'
import { scrubber } from './scrub.ts'

const scrub = scrubber(['correct-horse-battery', 'abc'])

test.each([
  ['the key sk_live_9f8e7d6c5b4a is refused', 'the key sk_live_… is refused'],
  ['Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln', 'Authorization: Bearer …'],
  ['token eyJhbGciOi.eyJzdWIi.c2ln has expired', 'token eyJ… has expired'],
  ['connect to postgres://waggle:p@ss@db:5432/waggle', 'connect to postgres://…@db:5432/waggle'],
  ['GET /v1/live?token=abcdef&x=1', 'GET /v1/live?token=…&x=1'],
  ['Key (phone)=(+49 171 2345678) already exists', 'Key (phone)=(+…) already exists'],
  ['mail to ada@example.com', 'mail to …@…'],
  ['sealed as enc:1:2026:Zm9v+/==', 'sealed as enc:1:…'],
  ['it is correct-horse-battery indeed', 'it is … indeed'],
])('%s', (line, clean) => {
  expect(scrub(line)).toBe(clean)
})

test('what an operator needs stays: ids, hosts, figures, times', () => {
  const line = 'ord_0a1b2c on shard 17 of 10.0.0.7:5432 took 1732198123456 ms at 2026-11-21T14:00:00.000Z, abc +5 more'
  expect(scrub(line)).toBe(line)
})
