/** The command line of `feed:replay`. */
import { SHARDS_MAX, type ShardId, type UnixMs } from '../domain/ids.ts'
import { REPLAY_SUBJECT } from './subjects.ts'

export interface ReplayArgs {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly from: ReplayFrom
  readonly subject: string
}

export type ReplayFrom =
  | { readonly kind: 'seq'; readonly shard: ShardId; readonly seq: number }
  | { readonly kind: 'time'; readonly sinceMs: UnixMs }

/** What was typed is not understood. The message is for whoever typed it. */
export class ReplayUsageError extends Error {
  override readonly name = 'ReplayUsageError'
}

export const REPLAY_USAGE = `bun run feed:replay -- --postgres-url URL --nats-url URL (--shard N --from-seq S | --since TIME) [--subject SUBJECT]

  --shard N --from-seq S   events of one shard, from that number on
  --since TIME             events of every shard that happened then or later, such as 2026-01-31T12:00:00Z
  --subject SUBJECT        where to publish them (${REPLAY_SUBJECT})

Both URLs may also come by WAGGLE_POSTGRES_URL and WAGGLE_NATS_URL. What is committed after the start is left to the feed.
`

/** Where nodes speak to each other. */
const INTERNAL_PREFIX = 'waggle.v1.'
const SUBJECT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/
const NAMES = ['--postgres-url', '--nats-url', '--shard', '--from-seq', '--since', '--subject'] as const
type Name = (typeof NAMES)[number]

/** @throws {ReplayUsageError} */
export function readReplayArgs(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ReplayArgs {
  const given = readPairs(argv)
  const postgresUrl = given.get('--postgres-url') ?? env.WAGGLE_POSTGRES_URL
  const natsUrl = given.get('--nats-url') ?? env.WAGGLE_NATS_URL
  if (!postgresUrl) throw new ReplayUsageError('--postgres-url is missing')
  if (!natsUrl) throw new ReplayUsageError('--nats-url is missing')
  const subject = given.get('--subject') ?? REPLAY_SUBJECT
  if (subject.startsWith(INTERNAL_PREFIX)) throw new ReplayUsageError(`${INTERNAL_PREFIX}… is for the nodes themselves`)
  if (!SUBJECT.test(subject)) throw new ReplayUsageError('--subject must be a subject of NATS without wildcards')
  return { postgresUrl, natsUrl, from: fromOf(given), subject }
}

function readPairs(argv: readonly string[]): Map<Name, string> {
  const pairs = new Map<Name, string>()
  const words = argv.filter(word => word !== '--')
  for (let at = 0; at < words.length; at += 2) {
    const name = NAMES.find(known => known === words[at])
    if (name === undefined) throw new ReplayUsageError(`${words[at]} is not known`)
    const value = words[at + 1]
    if (value === undefined) throw new ReplayUsageError(`${name} wants a value`)
    pairs.set(name, value)
  }
  return pairs
}

function fromOf(given: ReadonlyMap<Name, string>): ReplayFrom {
  const [since, shard, seq] = [given.get('--since'), given.get('--shard'), given.get('--from-seq')]
  if (since !== undefined && shard === undefined && seq === undefined) {
    const sinceMs = INSTANT.test(since) ? Date.parse(since) : Number.NaN
    if (Number.isNaN(sinceMs)) throw new ReplayUsageError('--since wants a time such as 2026-01-31T12:00:00Z')
    return { kind: 'time', sinceMs }
  }
  if (since !== undefined || shard === undefined || seq === undefined) {
    throw new ReplayUsageError('say from where: --shard and --from-seq, or --since')
  }
  return {
    kind: 'seq',
    shard: whole('--shard', shard, 0, SHARDS_MAX - 1) as ShardId,
    seq: whole('--from-seq', seq, 1, Number.MAX_SAFE_INTEGER),
  }
}

function whole(name: Name, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ReplayUsageError(`${name} wants a whole number from ${min} to ${max}`)
  }
  return value
}
