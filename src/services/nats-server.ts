import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe } from './child-server.ts'
import { SERVICE_LIMITS } from './limits.ts'
import { PID_FILE } from './processes.ts'
import { answers } from './wire-probe.ts'

/** Enough for tests and trials, and a bound on what a runaway stream takes of the machine. */
const MEMORY_MAX = '256MB'
const FILES_MAX = '4GB'

/** Its first line tells what it has; JetStream comes up with the server or not at all. */
const READY = /^INFO \{.*"jetstream": ?true.*\}\s*\r\n[\s\S]*PONG\r\n/
/** Who may come in is not known here: that it says what it has must do. */
const READY_FOR_OTHERS = /^INFO \{.*"jetstream": ?true.*\}\s*\r\n/

/** @param more  lines of its configuration, such as users and certificates. */
export function natsRecipe(program: string, dir: string, more = ''): Recipe {
  const config = join(dir, 'nats.conf')
  return {
    name: 'nats',
    program,
    dir,
    async prepare(port) {
      await writeFile(config, `${configText(port, dir)}${more}\n`)
      return ['-c', config]
    },
    isAnswering: port =>
      answers({
        port,
        say: more === '' ? 'CONNECT {"verbose":false}\r\nPING\r\n' : '',
        hear: more === '' ? READY : READY_FOR_OTHERS,
        maxMs: SERVICE_LIMITS.probeMaxMs,
      }),
    url: port => `nats://127.0.0.1:${port}`,
  }
}

function configText(port: number, dir: string): string {
  const quoted = (path: string) => JSON.stringify(path)
  return [
    `listen: "127.0.0.1:${port}"`,
    `pid_file: ${quoted(join(dir, PID_FILE))}`,
    'jetstream {',
    `  store_dir: ${quoted(join(dir, 'store'))}`,
    `  max_memory_store: ${MEMORY_MAX}`,
    `  max_file_store: ${FILES_MAX}`,
    '}',
    '',
  ].join('\n')
}
