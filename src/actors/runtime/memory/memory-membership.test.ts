import { expect, test } from 'bun:test'
import { CONFORMANCE_TTL_MS, membershipConformance } from '../../../../test/conformance/membership.conformance.ts'
import { systemClock } from '../../../cluster/system-clock.ts'
import { type MembershipEntry, MembershipUnansweredError } from '../membership-port.ts'
import { type MembershipFate, MemoryBucket, MemoryMembership } from './memory-membership.ts'
import { VirtualClock } from './virtual-clock.ts'

const TTL_MS = 3_000

function bucketAt(options: { readonly expiryLagMs?: () => number } = {}) {
  const clock = new VirtualClock({ startMs: 1_000_000 })
  return { clock, bucket: new MemoryBucket({ clock, ttlMs: TTL_MS, ...options }) }
}

test('a live key is not created again, and an outdated update changes nothing', () => {
  const { bucket } = bucketAt()

  expect(bucket.create('a', 'one')).toEqual({ kind: 'written', revision: 1 })
  expect(bucket.create('a', 'two')).toEqual({ kind: 'taken' })
  expect(bucket.create('b', 'other')).toEqual({ kind: 'written', revision: 2 })
  expect(bucket.update('a', 'two', 1)).toEqual({ kind: 'written', revision: 3 })
  expect(bucket.update('a', 'three', 1)).toEqual({ kind: 'taken' })
  expect(bucket.get('a')).toEqual({ key: 'a', revision: 3, value: 'two' })
})

test('an update renews; without one the key lapses, can be created by anybody, and its old holder cannot update it', () => {
  const { clock, bucket } = bucketAt()
  bucket.create('a', 'mine')
  clock.advance(TTL_MS - 1)
  expect(bucket.update('a', 'mine', 1)).toEqual({ kind: 'written', revision: 2 })
  clock.advance(TTL_MS - 1)
  expect(bucket.create('a', 'yours')).toEqual({ kind: 'taken' })

  clock.advance(1)

  expect(bucket.entries()).toEqual([])
  expect(bucket.update('a', 'mine', 2)).toEqual({ kind: 'taken' })
  expect(bucket.create('a', 'yours')).toEqual({ kind: 'written', revision: 3 })
  expect(bucket.update('a', 'mine', 2)).toEqual({ kind: 'taken' })
})

test('a value goes later than its TTL where the server looks late', () => {
  const { clock, bucket } = bucketAt({ expiryLagMs: () => 250 })
  bucket.create('a', 'mine')
  clock.advance(TTL_MS + 249)

  expect(bucket.create('a', 'yours')).toEqual({ kind: 'taken' })
})

test('a deleted key leaves a marker over which it can be created; only who knows its revision deletes', () => {
  const { bucket } = bucketAt()
  bucket.create('a', 'mine')

  expect(bucket.delete('a', 7)).toEqual({ kind: 'taken' })
  expect(bucket.delete('a', 1)).toEqual({ kind: 'written', revision: 2 })
  expect(bucket.get('a')).toEqual({ key: 'a', revision: 2, value: null })
  expect(bucket.entries()).toEqual([])
  expect(bucket.create('a', 'yours')).toEqual({ kind: 'written', revision: 3 })
})

test('who watches sees what is there, writes and deletions, and never that a value has lapsed', () => {
  const { clock, bucket } = bucketAt()
  bucket.create('a', 'one')
  const seen: MembershipEntry[] = []
  const stop = new MemoryMembership({ bucket, clock, watchDelayMs: () => 5 }).watch(entry => seen.push(entry))
  bucket.update('a', 'two', 1)
  bucket.delete('a', 2)
  bucket.create('b', 'other')
  expect(seen).toEqual([])

  clock.advance(TTL_MS * 2)
  stop()
  bucket.create('b', 'again')
  clock.advance(10)

  expect(seen.map(e => `${e.key} ${e.value}`)).toEqual(['a one', 'a two', 'a null', 'b other'])
})

test.each([
  ['unavailable', null],
  ['lose_answer_then_land', 'mine'],
  ['land_then_lose_answer', 'mine'],
] as const)('a request that is %s throws, and the bucket holds %p', async (fate, value) => {
  const { clock, bucket } = bucketAt()
  const membership = new MemoryMembership({ bucket, clock, latencyMs: () => 4, before: (): MembershipFate => fate })

  expect(clock.settle(membership.create('a', 'mine'))).rejects.toThrow(MembershipUnansweredError)
  clock.advance(10)

  expect(bucket.get('a')?.value ?? null).toBe(value)
})

test('a silent bucket does nothing and says nothing', () => {
  const { clock, bucket } = bucketAt()
  let answered = false
  new MemoryMembership({ bucket, clock, before: () => 'silent' }).create('a', 'mine').finally(() => {
    answered = true
  })
  clock.advance(60_000)

  expect(answered).toBe(false)
  expect(bucket.entries()).toEqual([])
})

test('a node that is cut off neither asks nor hears, and the others do', async () => {
  const { clock, bucket } = bucketAt()
  const [near, far] = [new MemoryMembership({ bucket, clock }), new MemoryMembership({ bucket, clock })]
  const seen: MembershipEntry[] = []
  far.watch(entry => seen.push(entry))
  far.cutOff()

  expect(await clock.settle(near.create('a', 'mine'))).toEqual({ kind: 'written', revision: 1 })
  expect(clock.settle(far.get('a'))).rejects.toThrow(MembershipUnansweredError)
  clock.advance(10)
  expect(seen).toEqual([])

  far.mend()
  expect(await clock.settle(far.get('a'))).toEqual({ key: 'a', revision: 1, value: 'mine' })
})

test('a wiped bucket counts its revisions anew', () => {
  const { bucket } = bucketAt()
  bucket.create('a', 'one')
  bucket.update('a', 'two', 1)
  bucket.wipe()

  expect(bucket.update('a', 'three', 2)).toEqual({ kind: 'taken' })
  expect(bucket.create('a', 'three')).toEqual({ kind: 'written', revision: 1 })
})

membershipConformance('memory', async () => {
  const bucket = new MemoryBucket({ clock: systemClock, ttlMs: CONFORMANCE_TTL_MS })
  const wayTo = () => new MemoryMembership({ bucket, clock: systemClock })
  return { membership: wayTo(), other: wayTo(), close: async () => undefined }
})
