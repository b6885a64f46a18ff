/** Positions on the disk that several tabs share. */
import { afterEach, beforeEach, expect, setSystemTime, test } from 'bun:test'
import { UNKNOWN_CLOCK } from '../../../src/web/courier/core/server-clock.ts'
import { Positions } from '../../../src/web/courier/positions.ts'
import { until } from '../../support/until.ts'
import { FakeDisk } from './fake-disk.ts'

const NOON_MS = Date.UTC(2026, 0, 2, 12)

let disk: FakeDisk
let putBack: () => void

beforeEach(() => {
  disk = new FakeDisk()
  putBack = disk.install()
})

afterEach(() => {
  putBack()
  setSystemTime()
})

/** A tab at work: what it sends, and the minute at which it is told to be somewhere. */
class Tab {
  readonly sent: { readonly seq: number; readonly points: readonly { readonly recorded_at: string }[] }[] = []
  asked = 0
  readonly line = { isOpen: false, send: (frame: object) => this.sent.push(frame as never) > 0 }
  readonly source = { start: () => undefined, refresh: () => void this.asked++, stop: () => undefined }
  readonly positions = new Positions(
    { clock: () => UNKNOWN_CLOCK, orderId: () => null, stored: () => undefined },
    this.line,
    () => this.source,
  )

  async sit(): Promise<this> {
    expect(await this.positions.open()).toBe(true)
    this.positions.work('job')
    return this
  }

  stand(): void {
    this.line.isOpen = false
    this.positions.work(null)
    this.positions.leave()
  }

  at(...minutes: number[]): this {
    const place = { latitude: 37.77, longitude: -122.42, accuracy: 5, speed: 0 }
    for (const minute of minutes) this.positions.place({ ...place, atMs: NOON_MS + minute * 60_000 }, null)
    return this
  }

  /** Without what a new connection forgives. */
  connectedAgain(): void {
    this.line.isOpen = true
    this.positions.tick(Date.now())
  }

  connect(): void {
    this.line.isOpen = true
    this.positions.lineOpened()
  }

  /** @returns the minutes of what was sent. */
  get minutes(): number[] {
    return this.sent.flatMap(({ points }) => points.map(each => (Date.parse(each.recorded_at) - NOON_MS) / 60_000))
  }
}

const kept = () => disk.rows.size

test('a tab that takes over sends what the other one has recorded since this one was opened', async () => {
  const [first, second] = [new Tab(), new Tab()]
  await first.sit()
  first.at(1, 2)
  await until(() => kept() === 2, 'two are on the disk')
  // It was opened meanwhile, and has lost the seat at once.
  await second.sit()
  second.stand()
  first.at(3, 4)
  await until(() => kept() === 4, 'four are on the disk')
  first.stand()
  expect(first.positions.counts.value.waiting).toBe(0)
  await second.sit()
  second.at(5)
  second.connect()
  expect(second.minutes).toEqual([1, 2, 3, 4, 5])
  await until(() => kept() === 5, 'no record was written over')
})

test('the last that a tab writes while it loses the seat is neither written over nor removed', async () => {
  const [first, second] = [await new Tab().sit(), new Tab()]
  first.at(1)
  await until(() => kept() === 1, 'one is on the disk')
  await second.sit()
  first.at(2)
  second.at(3)
  await until(() => kept() === 3, 'both are on the disk')
  second.connect()
  second.positions.heard({ type: 'ack', seq: 1 })
  second.positions.heard({ type: 'ack', seq: 2 })
  await until(() => kept() === 1, 'what is acknowledged is gone')
  first.stand()
  second.stand()
  await second.sit()
  second.connect()
  expect(second.minutes.at(-1)).toBe(2)
})

test('the seat that is lost while the disk is read is not taken for held', async () => {
  const tab = new Tab()
  const opening = tab.positions.open()
  tab.positions.leave()
  expect(await opening).toBe(false)
})

test('a clock that is set back by an hour silences nobody', async () => {
  const tab = await new Tab().sit()
  tab.positions.tick(NOON_MS)
  tab.at(60)
  setSystemTime(NOON_MS + 60 * 60_000)
  tab.positions.tick(Date.now() + 25_000)
  expect(tab.asked).toBe(1)
  tab.positions.heard({ type: 'error', seq: 1, code: 'overloaded' })
  setSystemTime(NOON_MS)
  tab.positions.tick(Date.now())
  expect(tab.asked).toBe(2)
  tab.at(0)
  tab.connectedAgain()
  expect(tab.minutes).toEqual([60, 0])
})

test('a database that the browser has closed is opened again, with what waits', async () => {
  const tab = await new Tab().sit()
  tab.at(1)
  await until(() => kept() === 1, 'one is on the disk')
  disk.rows.clear()
  disk.closeAll('said')
  expect(tab.positions.isKept.value).toBe(false)
  tab.at(2)
  await until(() => kept() === 2 && tab.positions.isKept.value, 'both are on the disk')
  tab.at(3)
  await until(() => kept() === 3, 'and so is what follows')
})

test('a database that is closed without a word: the page goes on, and says that it keeps nothing', async () => {
  const tab = await new Tab().sit()
  disk.closeAll('silent')
  tab.at(1)
  await until(() => !tab.positions.isKept.value, 'it says so')
  tab.stand()
  expect(tab.positions.counts.value.waiting).toBe(1)
  await tab.sit()
  tab.connect()
  expect(tab.minutes).toEqual([1])
})

test('where a browser keeps nothing, what waits stays with its tab, and is sent when that works again', async () => {
  putBack()
  const tab = await new Tab().sit()
  expect(tab.positions.isKept.value).toBe(false)
  tab.at(1, 2).stand()
  expect(tab.positions.counts.value.waiting).toBe(2)
  putBack = disk.install()
  await tab.sit()
  await until(() => kept() === 2, 'they are on the disk now')
  tab.connect()
  expect(tab.minutes).toEqual([1, 2])
})
