import { beforeEach, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { ApiKeyRecord } from '../../store/api-keys.ts'
import { OpenCredentials } from './open-credentials.ts'
import { principalOf } from './principal.ts'

class Line {
  closedWith: number | null = null

  close(code: number): void {
    this.closedWith = code
  }
}

const SECRET = Buffer.alloc(32, 1)
const GOOD = {
  keyId: 'key_1',
  digest: SECRET,
  former: [],
  revokedAtMs: null,
  expiresAtMs: null,
} as unknown as ApiKeyRecord
const byKey = principalOf({ role: 'service', id: 'shop', key: { keyId: 'key_1', digest: SECRET } })

let clock: VirtualClock
let stored: ApiKeyRecord[]
let isDown: boolean
let reads: number
let open: OpenCredentials<Line>

beforeEach(() => {
  clock = new VirtualClock({ startMs: 1_000_000 })
  stored = [GOOD]
  isDown = false
  reads = 0
  open = new OpenCredentials<Line>({
    clock,
    read: async () => {
      reads++
      if (isDown) throw new StoreUnavailableError('down')
      return stored
    },
    onFailure: () => undefined,
  })
})

test('a socket ends with its token', () => {
  const line = new Line()
  open.opened(line, principalOf({ role: 'driver', id: 'd', expiresAtMs: clock.nowMs() + 60_000 }))
  clock.advance(59_999)
  expect(line.closedWith).toBeNull()
  clock.advance(1)
  expect(line.closedWith).toBe(1008)
})

test('the sockets of a revoked key end within a sweep, by one read for all of them', () => {
  const lines = Array.from({ length: 100 }, () => new Line())
  for (const line of lines) open.opened(line, byKey)
  clock.advance(20_000)
  expect(reads).toBe(4)
  expect(lines.every(({ closedWith }) => closedWith === null)).toBe(true)
  stored = [{ ...GOOD, revokedAtMs: clock.nowMs() }]
  clock.advance(5_000)
  expect(lines.every(({ closedWith }) => closedWith === 1008)).toBe(true)
})

test('one that is revoked at this node ends its sockets at once', () => {
  const line = new Line()
  open.opened(line, byKey)
  open.changed('key_1', { ...GOOD, revokedAtMs: clock.nowMs() })
  expect(line.closedWith).toBe(1008)
})

test('after a rotation those of the old secret end with its grace time, the others stay', () => {
  const [old, young] = [new Line(), new Line()]
  const digest = Buffer.alloc(32, 2)
  open.opened(old, byKey)
  stored = [{ ...GOOD, digest, former: [{ digest: SECRET, untilMs: clock.nowMs() + 60_000 }] }]
  open.changed('key_1', stored[0] ?? null)
  open.opened(young, principalOf({ role: 'service', id: 'shop', key: { keyId: 'key_1', digest } }))
  clock.advance(59_000)
  expect([old.closedWith, young.closedWith]).toEqual([null, null])
  clock.advance(6_000)
  expect([old.closedWith, young.closedWith]).toEqual([1008, null])
})

test('a silent record closes nothing, and is asked again', () => {
  const line = new Line()
  open.opened(line, byKey)
  isDown = true
  clock.advance(30_000)
  expect(line.closedWith).toBeNull()
  isDown = false
  stored = []
  clock.advance(5_000)
  expect(line.closedWith).toBe(1008)
})

test('what has closed leaves no timer and no read behind', () => {
  for (const principal of [byKey, principalOf({ role: 'driver', id: 'd', expiresAtMs: clock.nowMs() + 60_000 })]) {
    const line = new Line()
    open.opened(line, principal)
    open.closed(line, principal)
  }
  clock.advance(5_000)
  expect(clock.nextAtMs()).toBeNull()
  expect(reads).toBe(0)
})
