import { expect, test } from 'bun:test'
import type { ShardId } from '../domain/ids.ts'
import { ReplayUsageError, readReplayArgs } from './replay-args.ts'

const URLS = ['--postgres-url', 'postgres://db', '--nats-url', 'nats://bus']

test('a shard and a number, or a time, say from where', () => {
  expect(readReplayArgs(['--', ...URLS, '--shard', '7', '--from-seq', '1200'], {})).toEqual({
    postgresUrl: 'postgres://db',
    natsUrl: 'nats://bus',
    from: { kind: 'seq', shard: 7 as ShardId, seq: 1_200 },
    subject: 'waggle.events.replay',
  })
  expect(readReplayArgs([...URLS, '--since', '2026-01-31T12:00:00+01:00', '--subject', 'my.own'], {})).toMatchObject({
    from: { kind: 'time', sinceMs: Date.UTC(2026, 0, 31, 11) },
    subject: 'my.own',
  })
})

test('the URLs may come by environment', () => {
  const env = { WAGGLE_POSTGRES_URL: 'postgres://env', WAGGLE_NATS_URL: 'nats://env' }

  expect(readReplayArgs(['--since', '2026-01-31T12:00:00Z'], env)).toMatchObject({
    postgresUrl: 'postgres://env',
    natsUrl: 'nats://env',
  })
})

test.each([
  [[...URLS]],
  [[...URLS, '--shard', '7']],
  [[...URLS, '--shard', '7', '--from-seq', '0']],
  [[...URLS, '--shard', '-1', '--from-seq', '1']],
  [[...URLS, '--shard', '1', '--from-seq', '1', '--since', '2026-01-31T12:00:00Z']],
  [[...URLS, '--since', 'yesterday']],
  [[...URLS, '--since', '2026-13-31T12:00:00Z']],
  [[...URLS, '--since', '2026-01-31T12:00:00Z', '--subject', 'waggle.>']],
  [[...URLS, '--since', '2026-01-31T12:00:00Z', '--subject', 'waggle.v1.shard.3']],
  [[...URLS, '--since']],
  [[...URLS, '--until', 'now']],
  [['--since', '2026-01-31T12:00:00Z']],
])('what is not understood is refused: %j', argv => {
  expect(() => readReplayArgs(argv, {})).toThrow(ReplayUsageError)
})
