/**
 * Brings a cluster to "one server, ours, answering", from whatever state the last node or server left.
 *
 * Called by the one owner of the data directory (owner-lock.ts), yet never alone: a node killed a moment
 * ago may have just spawned a server that has not written its pid file. Two servers on one cluster are
 * prevented by Postgres itself (the pid file is made exclusively, the shared memory is checked), so each
 * attempt looks first, starts if nothing is there, and when its start loses, looks again.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { type Cluster, prepareLogDir } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { freePort } from './free-port.ts'
import type { EmbeddedLimits } from './limits.ts'
import { writeOwnedFile } from './owned-files.ts'
import { poll } from './poll.ts'
import {
  disownPidFile,
  findPostmaster,
  isPostmaster,
  killOrphans,
  type Postmaster,
  stopPostmaster,
} from './postmaster.ts'
import { probe } from './probe.ts'
import { readIfThere } from './read-if-there.ts'
import { type ServerUser, TOOL_ENV } from './run-tool.ts'
import { lastWords, sweepServerLog } from './server-log.ts'

export interface ClusterServerOptions {
  readonly cluster: Cluster
  readonly user: ServerUser | null
  readonly binaries: Binaries
  readonly password: string
  /** The text of the configuration file. */
  readonly settings: string
  readonly limits: EmbeddedLimits
  readonly log: (line: string) => void
}

export interface RunningServer {
  readonly pid: number
  readonly port: number
  readonly adopted: boolean
}

/** Which port a start may take: `prefer` gives way to another where it is taken, `exactly` is for a URL already handed out. */
export type PortWish = { readonly prefer: number | null } | { readonly exactly: number }

export class ClusterServer {
  readonly #options: ClusterServerOptions

  constructor(options: ClusterServerOptions) {
    this.#options = options
  }

  /** @throws {EmbeddedPostgresError} `start_failed` (retryable), `password_lost`, `stop_failed` */
  async adoptOrStart(wish: PortWish): Promise<RunningServer> {
    const { cluster, limits, log } = this.#options
    for (let attempt = 1; attempt <= limits.startAttemptsMax; attempt++) {
      const present = await findPostmaster(cluster.pgdata)
      if (present !== null) {
        const adopted = await this.#adopt(present)
        if (adopted !== null) return adopted
        log(`replacing the Postgres server (process ${present.pid}) that an earlier node left`)
        await stopPostmaster(cluster.pgdata, limits)
      }
      const started = await this.#start(wish)
      if (started !== null) return started
      if ((await lastWords(cluster)).includes('shared memory block')) await killOrphans(cluster.pgdata, limits)
    }
    throw new EmbeddedPostgresError(
      'start_failed',
      `The Postgres server on ${cluster.pgdata} does not start. It says: ${await lastWords(cluster)}`,
    )
  }

  async stop(): Promise<void> {
    await stopPostmaster(this.#options.cluster.pgdata, this.#options.limits)
  }

  /** @returns null where the server must be replaced: other settings, no answer, or gone meanwhile. */
  async #adopt(present: Postmaster): Promise<RunningServer | null> {
    const { cluster, settings, log } = this.#options
    if ((await readIfThere(cluster.configFile)) !== settings) return null
    log(`found the Postgres server (process ${present.pid}) that an earlier node left, ${present.status}`)
    const port = await this.#answering(present.pid, () => isPostmaster(present.pid, cluster.pgdata))
    return port === null ? null : { pid: present.pid, port, adopted: true }
  }

  /** @returns null where the server ended before it was ready: its port was taken, or another server was quicker. */
  async #start(wish: PortWish): Promise<RunningServer | null> {
    const { cluster, user, limits, settings } = this.#options
    await disownPidFile(cluster.pgdata)
    await prepareLogDir(cluster, user)
    await sweepServerLog(cluster, limits.logFilesMax)
    await writeOwnedFile(cluster.configFile, settings, 0o644)
    await writeOwnedFile(cluster.startLog, '', 0o644)
    const port = 'exactly' in wish ? wish.exactly : await freePort(await this.#preferredPorts(wish.prefer))
    const server = this.#spawn(port)
    const answering = await this.#answering(server.pid, async () => !server.ended)
    if (answering !== null) return { pid: server.pid, port: answering, adopted: false }
    if (!server.ended) await stopPostmaster(cluster.pgdata, limits)
    return null
  }

  /**
   * The server is a session of its own: it survives the node, and Ctrl-C in the node's terminal, so that a
   * killed node costs no recovery. `postgres` itself and not `pg_ctl`, whose wait knows only sockets and
   * whose child is nobody's: an early end is seen here at once.
   */
  #spawn(port: number): { readonly pid: number; readonly ended: boolean } {
    const { cluster, user, binaries } = this.#options
    const output = openSync(cluster.startLog, 'a')
    try {
      const args = ['-D', cluster.pgdata, '-c', `config_file=${cluster.configFile}`, '-p', `${port}`]
      const child = spawn(binaries.postgres, args, {
        cwd: '/',
        env: TOOL_ENV,
        detached: true,
        stdio: ['ignore', output, output],
        ...(user && { uid: user.uid, gid: user.gid }),
      })
      const state = { pid: child.pid ?? 0, ended: child.pid === undefined }
      const end = () => {
        state.ended = true
      }
      child.once('exit', end)
      child.once('error', end)
      child.unref()
      return state
    } finally {
      closeSync(output)
    }
  }

  /**
   * Waits for the server: long while it says that it starts (recovery), not long once it says that it is ready.
   *
   * @returns its port, or null where it ended or does not answer.
   */
  async #answering(pid: number, isAlive: () => Promise<boolean>): Promise<number | null> {
    const { cluster, password, limits } = this.#options
    const startedAtMs = performance.now()
    let readySinceMs: number | null = null
    const verdict = await poll<{ port: number | null }>(
      { forMs: limits.startMaxMs, everyMs: limits.pollMs },
      async () => {
        const alive = await isAlive()
        const present = await findPostmaster(cluster.pgdata)
        if (!alive) return { port: null }
        if (present === null || present.pid !== pid || present.port === null || present.status === 'starting') {
          this.#reportWaiting(startedAtMs)
          return undefined
        }
        readySinceMs ??= performance.now()
        const { port } = present
        const answer = await probe({ port, password, pgdata: cluster.pgdata, maxMs: limits.probeMaxMs })
        if (answer === 'ours') return { port }
        if (answer === 'refuses_password') throw passwordRefused(cluster)
        return performance.now() - readySinceMs > limits.answerMaxMs ? { port: null } : undefined
      },
    )
    return verdict?.port ?? null
  }

  #waitingReportedAtMs = 0

  #reportWaiting(startedAtMs: number): void {
    const nowMs = performance.now()
    if (nowMs - Math.max(startedAtMs, this.#waitingReportedAtMs) < WAITING_REPORT_MS) return
    this.#waitingReportedAtMs = nowMs
    this.#options.log(`Postgres has been starting (recovering) for ${Math.round((nowMs - startedAtMs) / 1000)} s`)
  }

  /** The port of the last start comes second: tools of the user that know it go on working. */
  async #preferredPorts(prefer: number | null): Promise<number[]> {
    const lastStart = await readIfThere(join(this.#options.cluster.pgdata, 'postmaster.opts'))
    const last = /"-p" "(\d{1,5})"/.exec(lastStart ?? '')?.[1]
    return [prefer, last === undefined ? null : Number(last)].filter(port => port !== null)
  }
}

const WAITING_REPORT_MS = 5_000

function passwordRefused(cluster: Cluster): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'password_lost',
    `The Postgres server on ${cluster.pgdata} refuses the password in postgres-password: somebody changed one of the two. Set it back (alter role waggle password '…').`,
  )
}
