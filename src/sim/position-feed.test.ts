import { expect, test } from 'bun:test'
import { Agenda } from './agenda.ts'
import { Limiter } from './limiter.ts'
import { type Reporter, STEP_MS, SteadyFeed, TraceFeed } from './position-feed.ts'
import { StreamConnection } from './stream-connection.ts'
import { Tally } from './tally.ts'

/** Never opened: what is sent waits in its queue, where it can be counted. */
function connection(): StreamConnection {
  const nothing = () => undefined
  const listener = {
    onMessage: nothing,
    onAcked: nothing,
    onRejected: nothing,
    onDropped: nothing,
    onReopened: nothing,
  }
  const common = { url: 'http://localhost', token: null, protocol: 'json', driverId: null } as const
  return new StreamConnection({ ...common, agenda: new Agenda(), random: () => 0.5, opening: new Limiter(1), listener })
}

function reporters(count: number, shared: StreamConnection): { asked: number[]; reporters: Reporter[] } {
  const asked = Array<number>(count).fill(0)
  const made = asked.map((_, i): Reporter => {
    const at = () => {
      asked[i] = (asked[i] ?? 0) + 1
      return { place: { latitude: 1, longitude: 2 }, headingDeg: 0 }
    }
    return { driverId: `drv_${i}`, connection: shared, socket: 'shared', at }
  })
  return { asked, reporters: made }
}

test('the rate is that of the schedule, however late or seldom the ticks come', () => {
  const tally = new Tally()
  const shared = connection()
  const { asked, reporters: all } = reporters(10, shared)
  const feed = new SteadyFeed({ reporters: all, ratePerS: 333, startMs: 10 * STEP_MS, tally })
  feed.tick(0)
  expect(tally.positionsSent).toBe(0)
  for (const afterMs of [100, 101, 950, 3_000]) feed.tick(10 * STEP_MS + afterMs)
  expect(tally.positionsSent).toBe(999)
  expect(shared.unsettledPoints).toBe(999)
  expect(Math.max(...asked) - Math.min(...asked)).toBeLessThanOrEqual(1)
})

test('recorded fixes come at their own time, and a vehicle keeps its connection', () => {
  const tally = new Tally()
  const connections = [connection(), connection()]
  const place = { latitude: 1, longitude: 2 }
  const fixes = [100, 110, 120, 130].flatMap(ts => ['a', 'b', 'c'].map(vehicleId => ({ vehicleId, ts, place })))
  const feed = new TraceFeed({ fixes, fromTs: 100, speedup: 10, startMs: 5_000, connections, tally })
  feed.tick(4_999)
  expect(tally.positionsSent).toBe(0)
  feed.tick(7_000)
  expect([tally.positionsSent, feed.isOver]).toEqual([9, false])
  expect(connections.map(each => each.unsettledPoints)).toEqual([6, 3])
  feed.tick(8_000)
  expect([tally.positionsSent, feed.isOver]).toEqual([12, true])
})
