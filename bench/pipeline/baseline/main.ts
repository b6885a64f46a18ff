/**
 * A process of the baseline, by its first argument: `gateway`, or `consumer <partition>`. Its settings come by environment.
 * A gateway says `ready at http://…` once it can be asked.
 */
import { Redis } from 'ioredis'
import { Consumer } from './consumer.ts'
import { startGateway } from './gateway.ts'
import { openHistory } from './history.ts'
import { Intake } from './intake.ts'

function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** Commands of one turn of the event loop go as one write, and their answers come back in any number of reads. */
function connection(): Redis {
  return new Redis(setting('BASELINE_REDIS_URL'), { enableAutoPipelining: true, maxRetriesPerRequest: null })
}

async function gateway(): Promise<void> {
  const intake = new Intake(connection(), Number(setting('BASELINE_CONSUMERS')))
  const server = await startGateway({
    token: setting('BASELINE_TOKEN'),
    intake,
    reads: connection(),
    hears: connection(),
  })
  process.stdout.write(`ready at http://127.0.0.1:${server.port}\n`)
  process.once('SIGTERM', () => process.exit(0))
}

async function consumer(partition: number): Promise<void> {
  const history = openHistory(
    setting('BASELINE_POSTGRES_URL'),
    setting('BASELINE_STORE') === 'copy' ? 'copy' : 'unnest',
  )
  const running = new Consumer({ reads: connection(), writes: connection(), history, partition })
  process.once('SIGTERM', () => process.exit(0))
  await running.run()
}

const [role, partition] = process.argv.slice(2)
await (role === 'gateway' ? gateway() : consumer(Number(partition)))
