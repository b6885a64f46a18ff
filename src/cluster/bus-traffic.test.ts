import { expect, test } from 'bun:test'
import { sumOf, TrafficCounter } from './bus-traffic.ts'

test('messages are counted by the kind of their subject, what did not arrive by why, and both are summed over threads', () => {
  const [one, two] = [new TrafficCounter(), new TrafficCounter()]
  one.sent('waggle.v1.shard.7', 100)
  one.sent('waggle.v1.shard.8', 50)
  one.received('waggle.v1.gateway.node-1', 10)
  two.sent('waggle.v1.shard.7', 1)
  one.undelivered('nobody', 2)
  two.undelivered('nobody', 1)
  two.undelivered('away', 4)
  expect(sumOf([one.traffic, two.traffic])).toEqual({
    sent: { shard: { messages: 3, bytes: 151 } },
    received: { gateway: { messages: 1, bytes: 10 } },
    undelivered: { nobody: 3, no_gateway: 0, away: 4, too_large: 0, unreadable: 0, too_late: 0, forgotten: 0 },
  })
})
