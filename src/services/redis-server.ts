import { join } from 'node:path'
import type { Recipe } from './child-server.ts'
import { SERVICE_LIMITS } from './limits.ts'
import { PID_FILE } from './processes.ts'
import { answers } from './wire-probe.ts'

/** Ten times what the largest fleet of a test takes. */
const MEMORY_MAX = '512mb'

/** A single server. Its append-only file outlives `kill -9`: a restart comes back with its data, as a replica would. */
export function redisRecipe(program: string, dir: string): Recipe {
  return {
    name: 'redis',
    program,
    dir,
    async prepare(port) {
      const settings: Readonly<Record<string, string>> = {
        bind: '127.0.0.1',
        port: `${port}`,
        dir,
        pidfile: join(dir, PID_FILE),
        daemonize: 'no',
        save: '',
        appendonly: 'yes',
        appendfsync: 'everysec',
        maxmemory: MEMORY_MAX,
        'maxmemory-policy': 'noeviction',
        // Its arguments stay readable: by them it is known whose it is.
        'set-proc-title': 'no',
      }
      return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    },
    isAnswering: port => answers({ port, say: 'PING\r\n', hear: /^\+PONG\r\n/, maxMs: SERVICE_LIMITS.probeMaxMs }),
    url: port => `redis://127.0.0.1:${port}`,
  }
}
