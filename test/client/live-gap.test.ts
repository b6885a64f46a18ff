/** What a page is told when the node could not tell it everything: it is never left with a hole that it does not know of. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { type LiveEvent, Waggle, WaggleLive } from '../../clients/typescript/src/index.ts'
import { until } from '../support/until.ts'

const TOPIC = 'driver:ada'

/** Speaks as a node does, and says just what it is told to. */
let server: Bun.Server<undefined>
let socket: Bun.ServerWebSocket<undefined> | null
let subscriptions: number
let seen: LiveEvent[]
let live: WaggleLive

beforeAll(() => {
  server = Bun.serve<undefined>({
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request, { data: undefined }) ? undefined : new Response(null, { status: 426 }),
    websocket: {
      open: opened => {
        socket = opened
      },
      message: () => {
        subscriptions++
      },
    },
  })
})

afterAll(() => server.stop(true))

beforeEach(async () => {
  socket = null
  subscriptions = 0
  seen = []
  live = new WaggleLive(new Waggle({ url: `http://localhost:${server.port}`, token: 'x' }))
  live.watch(TOPIC, event => seen.push(event))
  await until(() => subscriptions === 1, 'it has subscribed')
  tell({ type: 'subscribed', seq: 4, snapshot: {} })
})

function tell(message: object): void {
  socket?.send(JSON.stringify({ topic: TOPIC, ...message }))
}

test.each([
  ['that the node names', { type: 'gap', from: 5, to: 7 }, { from: 5, to: 7 }],
  ['that nobody names', { type: 'location', seq: 8, data: {} }, { from: 5, to: 7 }],
])('after a gap %s the topic begins anew', async (_, message, gap) => {
  tell(message)
  await until(() => subscriptions === 2, 'it subscribes again')
  tell({ type: 'location', seq: 9, data: {} })
  tell({ type: 'subscribed', seq: 9, snapshot: {} })
  tell({ type: 'location', seq: 10, data: {} })
  await until(() => seen.length === 4, 'it goes on')
  expect(seen.map(({ kind }) => kind)).toEqual(['snapshot', 'gap', 'snapshot', 'update'])
  expect(seen[1]).toMatchObject(gap)
  live.close()
})

test('after a break it subscribes again, and begins with a snapshot', async () => {
  socket?.terminate()
  await until(() => subscriptions === 2, 'it subscribes again')
  tell({ type: 'subscribed', seq: 20, snapshot: {} })
  await until(() => seen.length === 2, 'the snapshot is there')
  expect(seen.map(({ kind }) => kind)).toEqual(['snapshot', 'snapshot'])
  live.close()
})
