/** What every history of positions must do. Each adapter runs it against itself. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../src/actors/runtime/errors.ts'
import { DAY_MS } from '../../src/actors/runtime/history-day.ts'
import type { FixRow, LocationLog } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'

export interface LocationLogUnderTest {
  readonly log: LocationLog
  /** Another thread or node on the same history. */
  readonly other: LocationLog
  /** Of one driver, oldest first. */
  route(driverId: DriverId): Promise<Pick<FixRow, 'recordedAtMs' | 'latitude' | 'orderId' | 'late' | 'clamped'>[]>
  deadReasons(): Promise<string[]>
  /** The next append lands, and its answer is lost. */
  loseNextAnswer(): Promise<void>
  close(): Promise<void>
}

export interface LocationLogSetting {
  readonly nowMs: number
  readonly retentionDays: typeof RETENTION_DAYS
}

/** 2025-06-15T12:00:00Z */
const NOW = 1_749_988_800_000
const RETENTION_DAYS = 30

let drivers = 0

function aDriver(): DriverId {
  return `drv_conformance_${++drivers}` as DriverId
}

function fix(driverId: DriverId, afterMs: number, more: Partial<FixRow> = {}): FixRow {
  return {
    driverId,
    recordedAtMs: NOW + afterMs,
    receivedAtMs: NOW + afterMs + 5,
    latitude: 37.77,
    longitude: -122.41,
    speed: 12.5,
    heading: 359,
    accuracy: null,
    orderId: null,
    late: false,
    clamped: false,
    ...more,
  }
}

export function locationLogConformance(
  name: string,
  make: (setting: LocationLogSetting) => Promise<LocationLogUnderTest>,
): void {
  describe(`${name} as a location log`, () => {
    let given: LocationLogUnderTest
    beforeAll(async () => {
      given = await make({ nowMs: NOW, retentionDays: RETENTION_DAYS })
    })
    afterAll(() => given.close())

    const timesOf = async (driver: DriverId) => (await given.route(driver)).map(row => row.recordedAtMs - NOW)

    test('what is appended is there, oldest first, with its flags', async () => {
      const driver = aDriver()
      const rows = [fix(driver, 1), fix(driver, 2, { clamped: true, orderId: 'ord_1' }), fix(driver, 0, { late: true })]
      expect(await given.log.append(rows)).toEqual(['stored', 'stored', 'stored'])
      expect(await given.route(driver)).toMatchObject([
        { recordedAtMs: NOW, late: true, clamped: false },
        { recordedAtMs: NOW + 1, latitude: 37.77, late: false, clamped: false, orderId: null },
        { recordedAtMs: NOW + 2, late: false, clamped: true, orderId: 'ord_1' },
      ])
    })

    test('nothing to append is nothing done', async () => {
      expect(await given.log.append([])).toEqual([])
    })

    test('a late fix that is there already is repeated, and stays as it was', async () => {
      const driver = aDriver()
      await given.log.append([fix(driver, 1), fix(driver, 2)])
      const repeat = [fix(driver, 1, { late: true, latitude: 1 }), fix(driver, 0, { late: true })]
      expect(await given.log.append(repeat)).toEqual(['repeated', 'stored'])
      expect(await timesOf(driver)).toEqual([0, 1, 2])
      expect((await given.route(driver))[1]?.latitude).toBe(37.77)
    })

    test('a fresh batch that is sent again counts as stored and is there once', async () => {
      const driver = aDriver()
      await given.log.append([fix(driver, 1), fix(driver, 2)])
      expect(await given.other.append([fix(driver, 1), fix(driver, 2), fix(driver, 3)])).toEqual([
        'stored',
        'stored',
        'stored',
      ])
      expect(await timesOf(driver)).toEqual([1, 2, 3])
    })

    test('one position twice in a batch is stored once, and the fresh one counts', async () => {
      const [a, b] = [aDriver(), aDriver()]
      const rows = [fix(a, 1), fix(a, 1), fix(b, 1, { late: true }), fix(b, 1), fix(b, 2, { late: true })]
      expect(await given.log.append([...rows, fix(b, 2, { late: true })])).toEqual([
        'stored',
        'stored',
        'repeated',
        'stored',
        'stored',
        'repeated',
      ])
      expect(await timesOf(a)).toEqual([1])
      expect(await timesOf(b)).toEqual([1, 2])
    })

    test('two drivers may be seen at the same instant', async () => {
      const [a, b] = [aDriver(), aDriver()]
      expect(await given.log.append([fix(a, 1), fix(b, 1)])).toEqual(['stored', 'stored'])
      expect([...(await timesOf(a)), ...(await timesOf(b))]).toEqual([1, 1])
    })

    test('a row that cannot be stored is dead, and the rest of its batch is stored', async () => {
      const bad: Partial<FixRow>[] = [
        { latitude: 90.001 },
        { latitude: Number.NaN },
        { longitude: Number.NEGATIVE_INFINITY },
        { speed: 1e300 },
        { heading: -1 },
        { accuracy: Number.POSITIVE_INFINITY },
        { orderId: 'ord\0' },
        { orderId: 'x'.repeat(129) },
        { receivedAtMs: Number.NaN },
        { recordedAtMs: Number.NaN },
        { recordedAtMs: Number.POSITIVE_INFINITY },
        { driverId: '' as DriverId },
      ]
      const driver = aDriver()
      const before = (await given.deadReasons()).length
      const rows = bad.flatMap((values, i) => [fix(driver, 2 * i), fix(driver, 2 * i + 1, values)])
      expect(await given.log.append(rows)).toEqual(bad.flatMap(() => ['stored', 'dead'] as const))
      expect(await timesOf(driver)).toEqual(bad.map((_, i) => 2 * i))
      expect((await given.deadReasons()).length - before).toBe(bad.length)
    })

    test('any text is stored as it is', async () => {
      const texts = [
        '',
        '0012345',
        '\\N',
        '\\.',
        'NULL',
        'a\tb\nc\r\\d',
        '{"x",}',
        "'; drop table positions; --",
        'Ω 🐝',
        '\x01\x7f',
      ]
      for (const late of [false, true]) {
        const driver = aDriver()
        await given.log.append(texts.map((orderId, i) => fix(driver, i, { orderId, late })))
        expect((await given.route(driver)).map(row => row.orderId)).toEqual(texts)
      }
    })

    test('the smallest and the largest numbers are stored', async () => {
      const driver = aDriver()
      const rows = [
        fix(driver, 1, { latitude: 89.999999, longitude: 180, speed: 1e-50, heading: 360, accuracy: 0 }),
        fix(driver, 2, { latitude: -90, longitude: -180, speed: -0, heading: 5e-324, accuracy: 1e-7 }),
      ]
      expect(await given.log.append(rows)).toEqual(['stored', 'stored'])
      expect(await given.log.append(rows.map(row => ({ ...row, late: true })))).toEqual(['repeated', 'repeated'])
    })

    test('any day within the retention is taken, and a day outside it is dead with the reason', async () => {
      const driver = aDriver()
      const days = [-RETENTION_DAYS - 1, -RETENTION_DAYS, -3, 0, 2, 3]
      const rows = days.map(day => fix(driver, day * DAY_MS, { late: day < 0 }))
      expect(await given.log.append(rows)).toEqual(['dead', 'stored', 'stored', 'stored', 'stored', 'dead'])
      expect((await given.deadReasons()).slice(-2).sort()).toEqual(['too_new', 'too_old'])
      expect(await timesOf(driver)).toEqual([-RETENTION_DAYS, -3, 0, 2].map(day => day * DAY_MS))
    })

    test('two fixes around midnight are in the route one after the other', async () => {
      const driver = aDriver()
      const midnight = DAY_MS / 2
      await given.log.append([fix(driver, midnight), fix(driver, midnight - 1, { late: true })])
      expect(await timesOf(driver)).toEqual([midnight - 1, midnight])
    })

    test('after an answer that was lost the same rows are sent again, and each is there once', async () => {
      const driver = aDriver()
      const rows = [fix(driver, 1), fix(driver, 2), fix(driver, 3)]
      await given.loseNextAnswer()
      await expect(given.log.append(rows)).rejects.toThrow(StoreUnavailableError)
      const again = async (): Promise<unknown> => {
        try {
          return await given.log.append(rows)
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error
          return again()
        }
      }
      expect(await again()).toEqual(['stored', 'stored', 'stored'])
      expect(await timesOf(driver)).toEqual([1, 2, 3])
    })

    test('two writers of the same rows at once store each once', async () => {
      const driver = aDriver()
      const rows = Array.from({ length: 200 }, (_, i) => fix(driver, i))
      const settle = async (log: LocationLog, batch: FixRow[]): Promise<unknown> => {
        try {
          return await log.append(batch)
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error
          return settle(log, batch)
        }
      }
      await Promise.all([settle(given.log, rows), settle(given.other, rows.toReversed()), settle(given.log, rows)])
      expect(await timesOf(driver)).toEqual(rows.map((_, i) => i))
    })
  })
}
