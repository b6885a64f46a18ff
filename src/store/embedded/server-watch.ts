import type { Cluster } from './cluster.ts'
import type { ClusterServer, RunningServer } from './cluster-server.ts'
import type { EmbeddedLimits } from './limits.ts'
import { isPostmaster } from './postmaster.ts'
import { sweepServerLog } from './server-log.ts'

export interface ServerWatchOptions {
  readonly server: ClusterServer
  readonly running: RunningServer
  readonly cluster: Cluster
  readonly limits: EmbeddedLimits
  readonly log: (line: string) => void
}

/**
 * Starts the server again when it has died under a running node, on the same port, and keeps its log within
 * bounds. Looks at the process only: a server that is there and slow is the store's to time out.
 */
export class ServerWatch {
  readonly #options: ServerWatchOptions
  readonly #timers: readonly NodeJS.Timeout[]
  #pid: number
  #work: Promise<void> | null = null
  #ended = false
  #complaint: string | null = null
  #failures = 0
  #notBeforeMs = 0

  constructor(options: ServerWatchOptions) {
    this.#options = options
    this.#pid = options.running.pid
    const { limits } = options
    this.#timers = [
      setInterval(() => this.#once(() => this.#revive()), limits.watchMs),
      setInterval(() => this.#once(() => sweepServerLog(options.cluster, limits.logFilesMax)), limits.logSweepMs),
    ]
    // The watch must not keep alive a process that has nothing else to do.
    for (const timer of this.#timers) timer.unref()
  }

  /** Resolves once nothing is under way any more. */
  async end(): Promise<void> {
    this.#ended = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#work
  }

  /** One work at a time. What fails is told once and tried again, after longer and longer pauses. */
  #once(work: () => Promise<void>): void {
    if (this.#work !== null || this.#ended || performance.now() < this.#notBeforeMs) return
    this.#work = work()
      .then(
        () => {
          this.#complaint = null
          this.#failures = 0
        },
        (error: unknown) => this.#retryLater(error instanceof Error ? error.message : String(error)),
      )
      .finally(() => {
        this.#work = null
      })
  }

  /** A server that cannot start (a full disk, its port taken) must not cost the node a core. */
  #retryLater(message: string): void {
    const { log, limits } = this.#options
    if (message !== this.#complaint) log(`Postgres: ${message}`)
    this.#complaint = message
    this.#failures++
    this.#notBeforeMs = performance.now() + Math.min(limits.watchMs * 2 ** this.#failures, limits.watchPauseMaxMs)
  }

  async #revive(): Promise<void> {
    const { server, running, cluster, log } = this.#options
    if (await isPostmaster(this.#pid, cluster.pgdata)) return
    if (this.#complaint === null) log(`the Postgres server (process ${this.#pid}) is gone; starting it again`)
    const revived = await server.adoptOrStart({ exactly: running.port })
    this.#pid = revived.pid
    log(`Postgres is back (process ${revived.pid})`)
  }
}
