import { expect, test } from 'bun:test'
import { Histogram } from '../../actors/runtime/histogram.ts'
import { exposition } from './exposition.ts'
import { Metrics } from './metrics.ts'

const NODE = {
  shardsServed: 4,
  shards: 8,
  workersUp: 1,
  workers: 2,
  pendingAsks: 3,
  pendingFixes: 5,
  workerRestarts: 0,
  batchesDropped: 0,
}

const NONE = new Histogram([1]).figures
const FIGURES = {
  threads: [],
  gateway: {
    acknowledgementS: { bounds: [0.01, 0.1], counts: [3, 2, 1], sum: 1.5 },
    askS: { driver: NONE, order: NONE, matching: NONE, pricing: NONE },
    delivery: {
      command: {
        sentAgain: { moved: 2, nobody: 1, reopened: 0, silence: 0 },
        lateAnswers: 0,
        surplusAnswers: 0,
        sent: 9,
        answered: 8,
      },
      position: {
        sentAgain: { moved: 0, nobody: 0, reopened: 0, silence: 3 },
        lateAnswers: 5,
        surplusAnswers: 2,
        sent: 70,
        answered: 70,
      },
    },
    loopLagS: NONE,
  },
}

test('each family has its help, its type and its samples', () => {
  const metrics = new Metrics()
  const route = metrics.route('GET', '/v1/orders/{order_id}')
  route.count(200, 3)
  route.count(200, 30)
  route.count(404, 1)
  metrics.opened('live')
  const text = exposition({
    metrics,
    node: NODE,
    figures: FIGURES,
    process: { residentBytes: 1_000, cpuS: 2.5, startedAtS: 1_700_000_000 },
    driversSeen: 7,
    liveTopics: 0,
    liveSubscriptions: 0,
    version: '1"2\\',
    feedLagEvents: 12,
    fences: [1, 2].map(change => ({
      zones: 10 + change,
      change,
      looked: 5,
      vague: 1,
      unlooked: 0,
      crossed: { entered: 3, left: 2, dwelled: 1 },
      dropped: { too_many: 0, shard_lost: 1, not_stored: 0 },
    })),
    compaction: { tail: { positions: 70, oldestS: 1.5 }, positions: 900, runs: 30, failures: 0 },
    webhooks: {
      attempts: { delivered: 8, retry: 1, dead: 0, interrupted: 0 },
      disabled: 0,
      underWay: 2,
      oldestAgeMs: 1_500,
      lagEvents: 3,
    },
    cluster: {
      hasLease: true,
      leaseAgeMs: 750,
      nodesSeen: 3,
      handOffs: 2,
      handOffMaxMs: 40,
      bus: { sent: { shard: { messages: 6, bytes: 600 } }, received: {}, undelivered: { nobody: 4 } },
    },
    redis: {
      isUp: true,
      outages: 1,
      unanswered: { read: 4, write: 0 },
      driversKnown: 9,
      driversWaiting: 0,
      driversWritten: 100,
      driversForgotten: 0,
      batchesRefused: 0,
      emptied: 1,
    },
  })

  expect(text).toContain('# TYPE waggle_http_requests_total counter\n')
  expect(text).toContain('waggle_http_requests_total{method="GET",route="/v1/orders/{order_id}",status="200"} 2\n')
  expect(text).toContain('waggle_http_requests_total{method="GET",route="/v1/orders/{order_id}",status="404"} 1\n')
  expect(text).toContain('waggle_sockets_open{kind="live"} 1\n')
  expect(text).toContain('waggle_shards_served 4\n')
  expect(text).toContain('waggle_feed_lag_events 12\n')
  expect(text).toContain('waggle_webhook_attempts_total{result="delivered"} 8\n')
  expect(text).toContain('waggle_webhook_oldest_age_seconds 1.5\n')
  expect(text).toContain('waggle_info{version="1\\"2\\\\"} 1\n')
  expect(text).toContain('waggle_cluster_has_lease 1\n')
  expect(text).toContain('waggle_bus_messages_total{way="sent",kind="shard"} 6\n')
  expect(text).toContain('waggle_bus_undelivered_total{reason="nobody"} 4\n')
  expect(text).toContain('waggle_sent_again_total{what="command",reason="moved"} 2\n')
  expect(text).toContain('waggle_sent_again_total{what="position",reason="silence"} 3\n')
  expect(text).toContain('waggle_late_answers_total{what="position"} 5\n')
  expect(text).toContain('waggle_unanswered{what="command"} 1\n')
  expect(text).toContain('waggle_surplus_answers_total{what="position"} 2\n')
  expect(text).toContain('waggle_redis_up 1\n')
  expect(text).toContain('waggle_redis_unanswered_total{kind="read"} 4\n')
  expect(text).toContain('waggle_cluster_lease_age_seconds 0.75\n')
  expect(text).toContain('# TYPE waggle_position_acknowledgement_seconds histogram\n')
  const buckets = [...text.matchAll(/^waggle_position_acknowledgement_seconds_bucket\{le="(.+)"\} (\d+)$/gm)]
  expect(buckets.map(([, le, count]) => [le, count])).toEqual([
    ['0.01', '3'],
    ['0.1', '5'],
    ['+Inf', '6'],
  ])
  expect(text).toContain('waggle_position_acknowledgement_seconds_count 6\n')
  expect(text).toContain('waggle_http_request_duration_seconds_count{method="GET",route="/v1/orders/{order_id}"} 3\n')
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{.+\})? -?[0-9.]+)$/)
})
