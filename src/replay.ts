/** `bun run feed:replay`: publishes a past stretch of the journal again. Exit codes: 0 done, 1 failed, 2 not understood. */
import { randomUUID } from 'node:crypto'
import { NatsLink } from './cluster/nats/connect.ts'
import { readNatsTarget } from './cluster/nats/nats-target.ts'
import { publishPlainly } from './cluster/nats/publish-plainly.ts'
import { systemClock } from './cluster/system-clock.ts'
import { REPLAY_USAGE, type ReplayArgs, ReplayUsageError, readReplayArgs } from './feed/replay-args.ts'
import { type ReplayResult, replay } from './feed/replay-run.ts'
import { connect, disconnect } from './store/postgres.ts'
import { PostgresFeedJournal } from './store/postgres-feed-journal.ts'

/** To find where each shard stood at a time, the journal is read from there on. */
const STATEMENT_MAX_MS = 600_000

async function run({ postgresUrl, natsUrl, from, subject }: ReplayArgs): Promise<ReplayResult> {
  const target = readNatsTarget(natsUrl, process.env.WAGGLE_NATS_CREDS || null, process.env.WAGGLE_NATS_CA || null)
  const link = await NatsLink.open({ target, name: 'waggle replay', clock: systemClock, onEvent: () => undefined })
  const sql = connect(postgresUrl, { max: 1, applicationName: 'waggle replay', statementTimeoutMs: STATEMENT_MAX_MS })
  try {
    const journal = new PostgresFeedJournal(sql, STATEMENT_MAX_MS)
    const begin =
      from.kind === 'time' ? await journal.beforeTime(from.sinceMs) : [{ shard: from.shard, afterSeq: from.seq - 1 }]
    const publish = publishPlainly(link, systemClock)
    return await replay({ journal, begin, subject, run: randomUUID().slice(0, 8), publish })
  } finally {
    await disconnect(sql)
    await link.drain()
  }
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(REPLAY_USAGE)
    return 0
  }
  const args = readReplayArgs(argv, process.env)
  const { events, shards } = await run(args)
  process.stdout.write(`${JSON.stringify({ replayed: events, shards, subject: args.subject })}\n`)
  return 0
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (!(error instanceof ReplayUsageError)) return 1
    process.stderr.write(REPLAY_USAGE)
    return 2
  })
}
