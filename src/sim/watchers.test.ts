import { afterEach, expect, test } from 'bun:test'
import { until } from '../../test/support/until.ts'
import { Agenda } from './agenda.ts'
import { nowMs } from './clock.ts'
import { Tally } from './tally.ts'
import { Watchers } from './watchers.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Whoever subscribes is told of these. */
function telling(...messages: readonly object[]): string {
  const server = Bun.serve({
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null, { status: 400 })),
    websocket: {
      message(socket) {
        for (const message of messages) socket.send(JSON.stringify(message))
      },
    },
  })
  ends.push(() => server.stop(true))
  return server.url.href.replace(/\/$/, '')
}

const location = (recordedAtMs: number, type = 'location') => ({
  type,
  data: { recorded_at: new Date(recordedAtMs).toISOString() },
})

test('a fix that was due before the measured part is not counted, however late it is seen; nor is a snapshot', async () => {
  const tally = new Tally()
  const measuredFromMs = Math.floor(nowMs())
  tally.watchedFromMs = measuredFromMs
  const url = telling(
    location(measuredFromMs - 1),
    location(measuredFromMs, 'snapshot'),
    location(measuredFromMs),
    location(measuredFromMs + 1),
    location(measuredFromMs + 2),
  )
  const watchers = new Watchers({ url, token: null, watchersMax: 1, agenda: new Agenda(), tally })
  ends.push(() => watchers.close())
  watchers.followDriver('drv_1')
  await until(() => tally.fixesWatched >= 3, 'the last one is seen')
  expect(tally.fixesWatched).toBe(3)
  expect(tally.watch.count).toBe(3)
})
