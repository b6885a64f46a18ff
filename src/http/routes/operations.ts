/** Whether the node is up, whether it can serve, what it does. */
import { Type } from '@sinclair/typebox'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { exposition } from '../metrics/exposition.ts'
import { Refusal } from '../problem.ts'

const TAG = 'Operations'

export function operationRoutes(http: Http): Endpoint[] {
  const startedAtS = Math.round(http.clock.nowMs() / 1_000 - process.uptime())
  return [
    {
      method: 'GET',
      path: '/health',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'Is the process up?',
        answers: { 200: { description: 'It is.', schema: Type.Object({ status: Type.Literal('ok') }) } },
      },
      handle: () => json(200, { status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/ready',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'Can the node take work? Says what is missing.',
        answers: {
          200: {
            description: 'It can.',
            schema: Type.Object({
              status: Type.Literal('ready'),
              missing: Type.Array(Type.String()),
              unsafe: Type.Boolean({ description: 'The record may lose what it has acknowledged.' }),
              shards_served: Type.Integer(),
              workers_up: Type.Integer(),
            }),
          },
        },
        problems: ['not_ready'],
      },
      handle: () => ready(http),
    },
    {
      method: 'GET',
      path: '/version',
      access: 'open',
      operation: {
        tag: TAG,
        summary: 'What runs here.',
        answers: {
          200: {
            description: 'The version.',
            schema: Type.Object({ name: Type.String(), version: Type.String(), bun: Type.String() }),
          },
        },
      },
      handle: () => json(200, { name: 'waggle', version: http.version, bun: Bun.version }),
    },
    {
      method: 'GET',
      path: '/metrics',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Counters and gauges for Prometheus.',
        answers: { 200: { description: 'Text, version 0.0.4.', contentType: 'text/plain' } },
      },
      handle: () => metrics(http, startedAtS),
    },
  ]
}

async function ready(http: Http): Promise<Response> {
  const { missing, unsafe } = await http.ready()
  const { shardsServed, workersUp } = http.gateway.status()
  const state = { missing, unsafe, shards_served: shardsServed, workers_up: workersUp }
  if (missing.length > 0) throw new Refusal('not_ready', missing.join(' '), { members: state })
  return json(200, { status: 'ready', ...state })
}

async function metrics(http: Http, startedAtS: number): Promise<Response> {
  const { user, system } = process.cpuUsage()
  const text = exposition({
    metrics: http.metrics,
    node: http.gateway.status(),
    figures: await http.nodeFigures(),
    process: { residentBytes: process.memoryUsage.rss(), cpuS: (user + system) / 1_000_000, startedAtS },
    driversSeen: http.hotView.size,
    liveTopics: http.hubs.live.topics + http.hubs.test.topics,
    liveSubscriptions: http.hubs.live.subscriptions + http.hubs.test.subscriptions,
    version: http.version,
    feedLagEvents: http.feedLag === undefined ? null : sum(http.feedLag().values()),
    fences: await http.fenceFigures(),
    compaction: http.compactionFigures(),
    webhooks: { ...http.webhooks.figures(), lagEvents: sum(http.webhooks.lag().values()) },
    cluster: await http.clusterFigures(),
    redis: http.redisFigures?.() ?? null,
  })
  return new Response(text, {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'x-content-type-options': 'nosniff' },
  })
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
