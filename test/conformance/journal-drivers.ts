/** Drivers in the record, their activation and their moves: part of the conformance suite of the Journal port. */
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Journal, OrderRow } from '../../src/actors/runtime/ports.ts'
import type { ShardId } from '../../src/domain/ids.ts'
import {
  AT_MS,
  activate,
  claimOf,
  driverId,
  driverTurn,
  type JournalUnderTest,
  OTHER_SHARD,
  orderId,
  orderTurn,
  SHARD,
} from './journal-fixtures.ts'

export function journalDrivers(current: () => JournalUnderTest): void {
  describe('drivers', () => {
    let under: JournalUnderTest
    let journal: Journal
    beforeEach(() => {
      under = current()
      journal = under.open()
    })

    test('the first sight makes the row; each activation raises its epoch', async () => {
      const request = { driverId: driverId('d'), shard: SHARD, shardEpoch: 1 }

      expect(await journal.activateDrivers([{ ...request, create: false }])).toEqual([{ kind: 'unknown' }])
      const first = await activate(journal, 'd')
      const second = await activate(journal, 'd')

      expect(second).toEqual({
        driverId: driverId('d'),
        homeShard: SHARD,
        epoch: first.epoch + 1,
        version: 0,
        load: 0,
        loadVersion: 0,
        capacity: 1,
        status: 'offline',
        state: {},
        assignments: [],
        lastFix: null,
      })
    })

    test('an activation reads the orders that the driver is promised to until somebody has them, the first first', async () => {
      await activate(journal, 'd')
      const place = { latitude: 1, longitude: 2 }
      const promised = (name: string, wantedAtMs: number | null, row: Partial<OrderRow>) => {
        const terms = { pickup: { ...place, address: 'A' }, dropoff: { ...place, address: null }, durationS: 60 }
        const dueAtMs = AT_MS + (row.dueAtMs ?? 0)
        const state = { terms: { ...terms, scheduledAtMs: wantedAtMs }, dueAtMs }
        return orderTurn(name, { row: { status: 'scheduled', driverId: driverId('d'), ...row, dueAtMs, state } })
      }
      await journal.commit([
        promised('later', AT_MS + 900, { dueAtMs: 500 }),
        promised('first', null, { dueAtMs: 300 }),
        promised('begun', AT_MS, { status: 'placed' }),
        promised('others', AT_MS + 900, { driverId: driverId('e') }),
        promised('under_way', AT_MS, { status: 'assigned' }),
        promised('nobodys', AT_MS, { status: 'placed', driverId: null }),
      ])
      const both = { pickup: place, dropoff: place, driveS: 60 }
      expect((await activate(journal, 'd')).reservations).toEqual([
        { orderId: orderId('begun'), ...both, atMs: AT_MS },
        { orderId: orderId('first'), ...both, atMs: AT_MS + 300 },
        { orderId: orderId('later'), ...both, atMs: AT_MS + 900 },
      ])
    })

    test('a driver who lives elsewhere is not raised, nor is one asked for by a shard that is not ours', async () => {
      await activate(journal, 'd')
      const before = await under.contents()
      const ask = { driverId: driverId('d'), shardEpoch: 1, create: true }

      const outcomes = await journal.activateDrivers([
        { ...ask, shard: OTHER_SHARD },
        { ...ask, shard: SHARD, shardEpoch: 9 },
        { ...ask, shard: 200 as ShardId },
        { ...ask, driverId: driverId('new'), shard: SHARD, shardEpoch: 9 },
      ])

      const fenced = { kind: 'fenced' as const }
      expect(outcomes).toEqual([{ kind: 'elsewhere', homeShard: SHARD }, fenced, fenced, fenced])
      expect(await under.contents()).toEqual(before)
      expect(await journal.activateDrivers([])).toEqual([])
    })

    test('a driver asked for twice in one batch is raised once, and gets the home of the first', async () => {
      const ask = { driverId: driverId('d'), shardEpoch: 1, create: true }

      const outcomes = await journal.activateDrivers([
        { ...ask, shard: SHARD },
        { ...ask, shard: OTHER_SHARD },
        { ...ask, shard: SHARD },
      ])

      expect(outcomes[1]).toEqual({ kind: 'elsewhere', homeShard: SHARD })
      expect(outcomes[0]).toEqual(outcomes[2] as (typeof outcomes)[number])
      const next = await activate(journal, 'd')
      expect(outcomes[0]).toMatchObject({ kind: 'active', driver: { epoch: next.epoch - 1 } })
    })

    test('a turn of a driver is refused where its version or epoch has moved', async () => {
      const old = await activate(journal, 'd')
      const driver = await activate(journal, 'd')

      expect(await journal.commit([driverTurn(old)])).toEqual(['conflict'])
      expect(await journal.commit([driverTurn({ ...driver, version: 1 })])).toEqual(['conflict'])
      expect(await journal.commit([driverTurn({ ...driver, driverId: driverId('none') })])).toEqual(['conflict'])
      expect(await journal.commit([driverTurn(driver, { capacity: 4, events: ['x', 'y'] })])).toEqual(['committed'])
      expect(await journal.commit([driverTurn(driver)])).toEqual(['conflict'])

      const { drivers, journal: events } = await under.contents()
      expect(drivers).toEqual([
        {
          driverId: driverId('d'),
          homeShard: SHARD,
          epoch: driver.epoch,
          version: 2,
          status: 'available',
          capacity: 4,
          load: 0,
          loadVersion: 0,
          state: { of: driverId('d') },
        },
      ])
      expect(events.map(({ actorKind, type, version }) => [actorKind, type, version])).toEqual([
        ['driver', 'x', 1],
        ['driver', 'y', 2],
      ])
    })

    test('a driver who moves is found at the new home, at a higher epoch; what the old one sends is refused', async () => {
      const driver = await activate(journal, 'd')
      const move = { homeShard: OTHER_SHARD, epoch: driver.epoch + 1 }

      expect(await journal.commit([driverTurn(driver, move)])).toEqual(['committed'])

      expect(await journal.commit([driverTurn({ ...driver, version: 1 })])).toEqual(['conflict'])
      const claim = claimOf(driver, 'a')
      expect(await journal.commit([orderTurn('a', { claim })])).toEqual(['claim_refused'])
      const adopted = await activate(journal, 'd', OTHER_SHARD)
      expect(adopted.epoch).toBe(driver.epoch + 2)
      const [{ shard, seq } = { shard: -1, seq: -1 }] = (await under.contents()).journal
      expect([shard, seq]).toEqual([SHARD, 1])
    })

    test('a driver may be named like an order', async () => {
      const request = { driverId: 'ord_a' as ReturnType<typeof driverId>, shard: SHARD, shardEpoch: 1, create: true }
      const [outcome] = await journal.activateDrivers([request])
      if (outcome?.kind !== 'active') throw new Error(`the driver is ${outcome?.kind}`)

      expect(await journal.commit([orderTurn('a'), driverTurn(outcome.driver)])).toEqual(['committed', 'committed'])
    })
  })
}
