/** What every bucket of leases must do. Each adapter runs it against itself, on the real clock. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Membership, MembershipEntry } from '../../src/actors/runtime/membership-port.ts'
import { until } from '../support/until.ts'

export interface MembershipUnderTest {
  readonly membership: Membership
  /** Another node's way to the same bucket. */
  readonly other: Membership
  close(): Promise<void>
}

/** Short, so that the tests are; NATS takes no shorter one than 100 ms. */
export const CONFORMANCE_TTL_MS = 1_000
/** A server looks for what has lapsed from time to time. */
const LAPSED_BY_MS = CONFORMANCE_TTL_MS + 600

let keys = 0
const aKey = () => `node-${++keys}`

export function membershipConformance(name: string, make: () => Promise<MembershipUnderTest>): void {
  describe(`membership: ${name}`, () => {
    let given: MembershipUnderTest
    let membership: Membership
    let other: Membership
    beforeAll(async () => {
      given = await make()
      membership = given.membership
      other = given.other
    })
    afterAll(() => given.close())

    /** @returns the revision. */
    async function created(key: string, value = 'mine'): Promise<number> {
      const write = await membership.create(key, value)
      if (write.kind !== 'written') throw new Error(`${key} could not be created`)
      return write.revision
    }

    test('a live key is not created again, and what is there stays', async () => {
      const key = aKey()
      const revision = await created(key)

      expect(await other.create(key, 'yours')).toEqual({ kind: 'taken' })
      expect(await other.get(key)).toEqual({ key, revision, value: 'mine' })
    })

    test('of many that create a key at once, one does', async () => {
      const key = aKey()
      const writes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? membership : other).create(key, `${i}`)),
      )

      expect(writes.filter(write => write.kind === 'written')).toHaveLength(1)
    })

    test('an update names the revision that it follows; an outdated one changes nothing', async () => {
      const key = aKey()
      const first = await created(key, 'one')
      const second = await membership.update(key, 'two', first)

      expect(second.kind).toBe('written')
      expect(await other.update(key, 'three', first)).toEqual({ kind: 'taken' })
      expect((await membership.get(key))?.value).toBe('two')
    })

    test('of many that update from the same revision, one does', async () => {
      const key = aKey()
      const revision = await created(key)
      const writes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? membership : other).update(key, `${i}`, revision)),
      )

      expect(writes.filter(write => write.kind === 'written')).toHaveLength(1)
    })

    test('revisions rise over the whole bucket, whichever the key', async () => {
      const first = await created(aKey())
      const second = await created(aKey())

      expect(second).toBeGreaterThan(first)
    })

    test('a key that was never written is not there, and cannot be updated or deleted', async () => {
      const key = aKey()

      expect(await membership.get(key)).toBeNull()
      expect(await membership.update(key, 'mine', 1_000_000)).toEqual({ kind: 'taken' })
      expect(await membership.delete(key, 1_000_000)).toEqual({ kind: 'taken' })
    })

    test('only who knows its revision deletes a key; it leaves a marker, and can be created again', async () => {
      const key = aKey()
      const revision = await created(key)

      expect(await other.delete(key, revision + 1)).toEqual({ kind: 'taken' })
      const deleted = await membership.delete(key, revision)
      expect(deleted.kind).toBe('written')
      expect(await other.get(key)).toMatchObject({ key, value: null })
      expect((await other.entries()).map(entry => entry.key)).not.toContain(key)
      expect(await membership.update(key, 'mine', revision)).toEqual({ kind: 'taken' })
      expect((await other.create(key, 'yours')).kind).toBe('written')
    })

    test('a value lapses unless it is renewed; then anybody creates the key, and its old holder cannot update it', async () => {
      const renewed = aKey()
      const left = aKey()
      let renewedAt = await created(renewed)
      const leftAt = await created(left)
      const endMs = Date.now() + LAPSED_BY_MS
      while (Date.now() < endMs) {
        await Bun.sleep(CONFORMANCE_TTL_MS / 4)
        const write = await membership.update(renewed, 'mine', renewedAt)
        if (write.kind !== 'written') throw new Error('the renewal was refused')
        renewedAt = write.revision
      }

      expect((await other.entries()).map(entry => entry.key)).toContain(renewed)
      expect((await other.entries()).map(entry => entry.key)).not.toContain(left)
      expect(await membership.update(left, 'mine', leftAt)).toEqual({ kind: 'taken' })
      expect((await other.create(left, 'yours')).kind).toBe('written')
      expect(await membership.update(left, 'mine', leftAt)).toEqual({ kind: 'taken' })
    })

    test('who watches sees what is there, then writes and deletions with their revisions, and never that a value has lapsed', async () => {
      const before = aKey()
      const after = aKey()
      const beforeAt = await created(before)
      const seen: MembershipEntry[] = []
      const stop = other.watch(entry => seen.push(entry))
      const sees = (key: string, revision: number, value: string | null) =>
        until(() => seen.some(e => e.key === key && e.revision === revision && e.value === value), `${key} is seen`)
      await sees(before, beforeAt, 'mine')

      const afterAt = await created(after, 'new')
      await sees(after, afterAt, 'new')
      const updated = await membership.update(after, 'newer', afterAt)
      if (updated.kind !== 'written') throw new Error('the update was refused')
      await sees(after, updated.revision, 'newer')
      const deleted = await membership.delete(after, updated.revision)
      if (deleted.kind !== 'written') throw new Error('the deletion was refused')
      await sees(after, deleted.revision, null)
      const refused = await membership.update(after, 'never', afterAt)
      await Bun.sleep(LAPSED_BY_MS)
      stop()

      expect(refused).toEqual({ kind: 'taken' })
      expect(seen.some(entry => entry.value === 'never')).toBe(false)
      expect(seen.some(entry => entry.key === before && entry.value === null)).toBe(false)
      const count = seen.length
      await created(aKey())
      await Bun.sleep(50)
      expect(seen).toHaveLength(count)
    }, 20_000)

    test('a long value comes back as it was', async () => {
      const key = aKey()
      const value = JSON.stringify(Array.from({ length: 4_000 }, (_, i) => [i, `ü${i}`]))
      await created(key, value)

      expect((await other.get(key))?.value).toBe(value)
    })
  })
}
