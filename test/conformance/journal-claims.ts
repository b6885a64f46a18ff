/** Claims and releases of load: part of the conformance suite of the Journal port. */
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Journal } from '../../src/actors/runtime/ports.ts'
import {
  activate,
  claimOf,
  driverId,
  driverTurn,
  type JournalUnderTest,
  newDriver,
  offerId,
  orderId,
  orderTurn,
  releaseOf,
} from './journal-fixtures.ts'

export function journalClaims(current: () => JournalUnderTest): void {
  describe('claims', () => {
    let under: JournalUnderTest
    let journal: Journal
    beforeEach(() => {
      under = current()
      journal = under.open()
    })

    test('a claim takes the load, raises the load version and makes the assignment', async () => {
      const driver = await newDriver(journal, 'd', 3)

      expect(await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a', 2) })])).toEqual(['committed'])

      const again = await activate(journal, 'd')
      expect(again).toMatchObject({ load: 2, loadVersion: 1, version: driver.version })
      expect(again.assignments).toEqual([{ orderId: orderId('a'), offerId: offerId('a'), size: 2 }])
    })

    test('a claim is refused where the driver is not as it was, or has no room, and writes nothing', async () => {
      const driver = await newDriver(journal, 'd', 3)
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a', 2) })])
      const now = { ...driver, loadVersion: 1 }
      const key = { key: 'k', requestHash: 'h', response: {} }
      const before = await under.contents()

      const tries = [
        claimOf(driver, 'b'),
        claimOf({ ...now, epoch: now.epoch - 1 }, 'b'),
        claimOf({ ...now, loadVersion: 2 }, 'b'),
        claimOf(now, 'b', 2),
        claimOf({ ...now, driverId: driverId('none') }, 'b'),
      ]
      for (const claim of tries) {
        expect(await journal.commit([orderTurn('b', { claim, key })])).toEqual(['claim_refused'])
      }

      expect(await under.contents()).toEqual(before)
      expect(await journal.commit([orderTurn('b', { claim: claimOf(now, 'b'), key })])).toEqual(['committed'])
    })

    test('of two claims on one driver in a batch the first wins', async () => {
      const driver = await newDriver(journal, 'd', 9)

      const outcomes = await journal.commit([
        orderTurn('x', { versionBefore: 5, claim: claimOf(driver, 'x') }),
        orderTurn('a', { claim: claimOf(driver, 'a') }),
        orderTurn('b', { claim: claimOf(driver, 'b') }),
      ])

      expect(outcomes).toEqual(['conflict', 'committed', 'claim_refused'])
      expect((await under.contents()).drivers[0]).toMatchObject({ load: 1, loadVersion: 1 })
    })

    test('an order that has a driver gets no second one, unless the same turn releases the first', async () => {
      const [one, two] = [await newDriver(journal, 'one', 1), await newDriver(journal, 'two', 1)]
      await journal.commit([orderTurn('a', { claim: claimOf(one, 'a') })])
      const claim = { ...claimOf(two, 'a'), offerId: offerId('a2') }

      expect(await journal.commit([orderTurn('a', { versionBefore: 1, claim })])).toEqual(['claim_refused'])
      const wrong = { claim, release: releaseOf(two, 'a') }
      expect(await journal.commit([orderTurn('a', { versionBefore: 1, ...wrong })])).toEqual(['claim_refused'])
      const right = { claim, release: releaseOf(one, 'a') }
      expect(await journal.commit([orderTurn('a', { versionBefore: 1, ...right })])).toEqual(['committed'])

      const { drivers, assignments } = await under.contents()
      expect(drivers.map(({ load, loadVersion }) => [load, loadVersion])).toEqual([
        [0, 1],
        [1, 1],
      ])
      expect(assignments.map(({ driverId, ended }) => [driverId, ended])).toEqual([
        [driverId('one'), true],
        [driverId('two'), false],
      ])
    })

    test('a full driver can be given the same order anew', async () => {
      const driver = await newDriver(journal, 'd', 1)
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a') })])
      const claim = { ...claimOf(driver, 'a'), offerId: offerId('a2'), loadVersion: 1 }

      const turn = orderTurn('a', { versionBefore: 1, claim, release: releaseOf(driver, 'a') })

      expect(await journal.commit([turn])).toEqual(['committed'])
      expect((await under.contents()).drivers[0]).toMatchObject({ load: 1, loadVersion: 2 })
    })

    test('a release gives back what the assignment took, and leaves the load version', async () => {
      const driver = await newDriver(journal, 'd', 3)
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a', 2) })])

      const turn = orderTurn('a', { versionBefore: 1, release: releaseOf(driver, 'a', 1) })

      expect(await journal.commit([turn])).toEqual(['committed'])
      expect(await activate(journal, 'd')).toMatchObject({ load: 0, loadVersion: 1, assignments: [] })
    })

    test('a release of what is not there is harmless', async () => {
      const [driver, other] = [await newDriver(journal, 'd', 1), await newDriver(journal, 'other', 1)]
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a') })])

      const outcomes = await journal.commit([
        orderTurn('a', { versionBefore: 1, release: releaseOf(other, 'a') }),
        orderTurn('b', { release: releaseOf(driver, 'b') }),
        orderTurn('c', { release: { ...releaseOf(driver, 'c'), driverId: driverId('none') } }),
      ])

      expect(outcomes).toEqual(['committed', 'committed', 'committed'])
      const { drivers, assignments } = await under.contents()
      expect(drivers.map(({ load }) => load)).toEqual([1, 0])
      expect(assignments).toMatchObject([{ orderId: orderId('a'), ended: false }])
    })

    test("in one batch, a driver's own turn and claims and releases of its load all count", async () => {
      const driver = await newDriver(journal, 'd', 3)
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a', 2) })])
      const now = { ...driver, loadVersion: 1 }

      const outcomes = await journal.commit([
        driverTurn(now, { status: 'paused', capacity: 2 }),
        orderTurn('a', { versionBefore: 1, release: releaseOf(now, 'a', 2) }),
        orderTurn('b', { claim: claimOf(now, 'b') }),
      ])

      expect(outcomes).toEqual(['committed', 'committed', 'committed'])
      const status = { status: 'paused', capacity: 2, load: 1, loadVersion: 2, version: driver.version + 1 }
      expect((await under.contents()).drivers[0]).toMatchObject(status)
    })

    test('the capacity may fall below the load; then there is no claim until there is room', async () => {
      const driver = await newDriver(journal, 'd', 3)
      await journal.commit([orderTurn('a', { claim: claimOf(driver, 'a', 2) })])
      const now = { ...driver, loadVersion: 1 }

      expect(await journal.commit([driverTurn(now, { capacity: 1 })])).toEqual(['committed'])
      expect(await journal.commit([orderTurn('b', { claim: claimOf(now, 'b') })])).toEqual(['claim_refused'])
      const release = releaseOf(now, 'a', 2)
      expect(await journal.commit([orderTurn('a', { versionBefore: 1, release })])).toEqual(['committed'])
      expect(await journal.commit([orderTurn('b', { claim: claimOf(now, 'b') })])).toEqual(['committed'])
    })
  })
}
