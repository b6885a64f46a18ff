/**
 * `npm run demo`: an embedded node and a synthetic city of 300 drivers, with a line of live figures a second and the URLs
 * to try. Ctrl-C ends both cleanly, a second one does not wait for the city; nor does anybody where nobody reads what it says.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onClosed } from './closed-output.ts'
import { ConfigError } from './config/config-error.ts'
import { type Config, readConfig } from './config.ts'
import { courierLink } from './demo-courier.ts'
import { type Node, startNode } from './node.ts'
import { createCity } from './sim/city.ts'
import type { LiveFigures } from './sim/figures.ts'
import { streetMap } from './sim/street-map.ts'
import { runWorld } from './sim/world.ts'
import { type WorldOptions, worldOptions } from './sim/world-options.ts'
import { discardEmbeddedPostgres } from './store/embedded/embedded-postgres.ts'

const HELP = `npm run demo -- [options]: a city at work on this machine, until Ctrl-C

  --drivers N          drivers in the fleet (300)
  --orders-per-hour N  how often somebody books, per hour of the city (900)
  --seconds N          end by itself after so long
  --keep               keep the record in the usual data directory instead of a scratch one

The node's settings apply as for \`bun start\` (see --help there); PORT is 3000 unless it is taken.
`

/** The city's time runs faster than ours: a trip that takes ten minutes there is over in little more than one. */
const SPEEDUP = 8
const WORLD = { seed: 1, speedup: SPEEDUP } as const

interface DemoArgs {
  readonly drivers: number
  readonly ordersPerHour: number
  readonly seconds: number | null
  readonly keep: boolean
}

function readArgs(argv: readonly string[]): DemoArgs | 'help' {
  let [drivers, ordersPerHour, keep] = [300, 900, false]
  let seconds: number | null = null
  for (let i = 0; i < argv.length; i++) {
    const value = () => positive(argv[i] ?? '', argv[++i])
    switch (argv[i]) {
      case '--help':
      case '-h':
        return 'help'
      case '--drivers':
        drivers = value()
        break
      case '--orders-per-hour':
        ordersPerHour = value()
        break
      case '--seconds':
        seconds = value()
        break
      case '--keep':
        keep = true
        break
      default:
        throw new ConfigError(`unknown option "${argv[i]}"; try --help`)
    }
  }
  return { drivers, ordersPerHour, seconds, keep }
}

function positive(name: string, text: string | undefined): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100_000) {
    throw new ConfigError(`${name} must be a whole number from 1 to 100000, not "${text ?? ''}"`)
  }
  return value
}

async function main(): Promise<number> {
  const args = readArgs(process.argv.slice(2))
  if (args === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const interrupts = onInterrupts()
  const scratch = args.keep || process.env.WAGGLE_DATA_DIR ? null : await mkdtemp(join(tmpdir(), 'waggle-demo-'))
  try {
    await demonstrate(scratch, args, interrupts)
  } finally {
    // As root its database lies elsewhere, and would stay there.
    if (scratch) await discardEmbeddedPostgres(scratch)
  }
  return 0
}

async function demonstrate(scratch: string | null, args: DemoArgs, interrupts: Interrupts): Promise<void> {
  const { node, config } = await startFor(scratch)
  try {
    announce(node, args, await courierLink(node, config, worldOptions({ url: '', ...WORLD }).center))
    const world = runWorld(
      worldOptions({
        ...WORLD,
        url: node.url,
        token: node.adminKey,
        drivers: args.drivers,
        ratePerS: args.drivers,
        ordersPerHour: args.ordersPerHour,
        durationS: args.seconds ?? Number.POSITIVE_INFINITY,
      }),
      { signal: interrupts.first, onSecond: figures => process.stdout.write(`${line(figures)}\n`) },
    )
    await Promise.race([world, interrupts.second])
    // Left behind by a second Ctrl-C it fails against a node that stops: nobody waits for it any more.
    world.catch(() => undefined)
  } finally {
    process.stdout.write('Stopping …\n')
    await node.stop()
  }
}

interface Interrupts {
  /** The city goes home in order. */
  readonly first: AbortSignal
  /** It is not waited for; the node still ends in order. */
  readonly second: Promise<void>
}

/** A third Ctrl-C ends the process there and then. */
function onInterrupts(): Interrupts {
  const first = new AbortController()
  const second = Promise.withResolvers<void>()
  let count = 0
  const interrupted = (): void => {
    count++
    if (count === 1) {
      process.stdout.write('The city goes home; Ctrl-C again ends it at once.\n')
      first.abort()
    } else if (count === 2) second.resolve()
    else process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted)
  onClosed(process.stdout, () => {
    first.abort()
    second.resolve()
  })
  onClosed(process.stderr, () => undefined)
  return { first: first.signal, second: second.promise }
}

/** On the usual port, or where that is taken on a free one. */
async function startFor(scratch: string | null): Promise<{ node: Node; config: Config }> {
  const env = scratch ? { ...process.env, WAGGLE_DATA_DIR: scratch } : process.env
  const log = (sentence: string) => process.stderr.write(`waggle: ${sentence}\n`)
  process.stdout.write('Starting a node with its own Postgres …\n')
  try {
    const config = readConfig(env)
    return { node: await startNode(config, log, { streets: demoStreets(), isShown: true }), config }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || env.PORT) throw error
    process.stdout.write('Port 3000 is taken: using a free one.\n')
    const config = readConfig({ ...env, PORT: '0' })
    return { node: await startNode(config, log, { streets: demoStreets(), isShown: true }), config }
  }
}

/** Of the city that the world drives in. */
function demoStreets(): object {
  const { seed, center }: WorldOptions = worldOptions({ url: '', ...WORLD })
  return streetMap(createCity(seed, center))
}

function announce(node: Node, { drivers, ordersPerHour }: DemoArgs, courier: string): void {
  const key = `-H 'Authorization: Bearer ${node.adminKey}'`
  process.stdout.write(`
Waggle is at ${node.url}: ${drivers} drivers, ${ordersPerHour} orders an hour, in a city whose time runs ${SPEEDUP} times
as fast as yours. Look at it:

  ${node.url}/#key=${node.adminKey}

Be one of its couriers (drv_you): open this in a second window, go online, and book a trip beside it in the first:

  ${courier}

Try, in another terminal:

  ${node.url}/docs                  every route, to try in the browser
  curl ${key} '${node.url}/v1/drivers/nearby?lat=37.775&lng=-122.42&radius=1000'
  curl ${key} '${node.url}/v1/orders?limit=3'
  curl ${key} '${node.url}/metrics'

Ctrl-C stops it.

`)
}

function line(f: LiveFigures): string {
  const p99 = f.ackP99Ms.toFixed(1).padStart(5)
  const clock = `${Math.floor(f.elapsedS)} s`.padStart(6)
  return [
    clock,
    `${f.ackedPerS} positions/s (acknowledged, p99 ${p99} ms)`,
    `${f.openOrders} open`,
    `${f.assigned} assigned`,
    `${f.delivered} delivered`,
    `pickup in ${Math.round(f.pickupMeanS)} s`,
  ].join(' · ')
}

main().then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `waggle: the demo could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exit(1)
  },
)
