import { numberFlag, readFlags } from '../flags.ts'

export const ORDERS_HELP = `bun run bench orders -- [flags]: whole lives of orders at a fixed rate, against a node of its own

  --rate R      orders a second (1000)
  --seconds S   measured (20)
  --warm-up S   before that (5), the rate rising over the first half of it
  --drivers N   on duty, each on a connection of its own (3000): at least as many as orders are under way
  --window MS   how long a batch of orders is collected (200)
  --nodes N     that many nodes on NATS, Redis and Postgres of their own, instead of one embedded (0)
  --profile DIR a CPU profile of the embedded node, to be read as text

Created over HTTP, offered and accepted over the driver's socket, then four steps over HTTP until delivered: six commits that
are acknowledged, and those of the offer. An acknowledgement is counted from the time at which its command was due: an order's
by the clock, every other at the answer to the one before.
`

export interface OrdersOptions {
  readonly ratePerS: number
  readonly durationS: number
  readonly warmUpS: number
  readonly drivers: number
  readonly windowMs: number
  /** 0: one embedded. */
  readonly nodes: number
  /** Null: no profile. */
  readonly profileDir: string | null
}

/** @throws {FlagError} */
export function readOrdersOptions(argv: readonly string[]): OrdersOptions {
  const values = readFlags(argv, ['rate', 'seconds', 'warm-up', 'drivers', 'window', 'nodes', 'profile'])
  return {
    ratePerS: numberFlag(values, 'rate', 1_000, { min: 0.1, max: 20_000 }),
    durationS: numberFlag(values, 'seconds', 20, { min: 0.5, max: 3_600 }),
    warmUpS: numberFlag(values, 'warm-up', 5, { min: 0, max: 600 }),
    drivers: numberFlag(values, 'drivers', 3_000, { min: 1, max: 20_000, whole: true }),
    windowMs: numberFlag(values, 'window', 200, { min: 0, max: 60_000, whole: true }),
    nodes: numberFlag(values, 'nodes', 0, { min: 0, max: 9, whole: true }),
    profileDir: values.profile ?? null,
  }
}
