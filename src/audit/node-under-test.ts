/**
 * The node that is audited: a process of its own, started as an operator starts it, and its Postgres, found by the pid file
 * of its data directory. Both are killed by their pids, as `kill -9` does it.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { findCluster } from '../store/embedded/cluster.ts'
import { findPostmaster } from '../store/embedded/postmaster.ts'

/** The process has ended, or says nothing of readiness for too long. */
export class NodeStartError extends Error {
  override readonly name = 'NodeStartError'
}

export interface NodeOptions {
  readonly dataDir: string
  /** What the node says on stderr is appended to it. */
  readonly logFile: string
  readonly token: string
  readonly env: Readonly<Record<string, string>>
}

const ROOT = join(import.meta.dir, '../..')
/** Recovery of Postgres included. */
const START_MAX_MS = 60_000
/** The node ends itself after 15 s; what lives longer hangs. */
const STOP_MAX_MS = 30_000

export class NodeUnderTest {
  readonly #child: Subprocess<'ignore', 'pipe', number>

  private constructor(child: Subprocess<'ignore', 'pipe', number>) {
    this.#child = child
    // An audit that is interrupted leaves no node behind, and the node no Postgres.
    const end = () => child.kill('SIGTERM')
    process.once('exit', end)
    void child.exited.then(() => process.off('exit', end))
  }

  /** Returns at once: the process may be killed while it starts. */
  static spawn({ dataDir, logFile, token, env }: NodeOptions): NodeUnderTest {
    const log = openSync(logFile, 'a')
    try {
      const settings = { PORT: '0', WAGGLE_DATA_DIR: dataDir, WAGGLE_ADMIN_KEY: token, ...env }
      const child = Bun.spawn([process.execPath, 'src/main.ts'], {
        cwd: ROOT,
        env: { ...withoutSettings(process.env), ...settings },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: log,
      })
      return new NodeUnderTest(child)
    } finally {
      closeSync(log)
    }
  }

  /** @returns its URL. @throws {NodeStartError} */
  async ready(): Promise<string> {
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), START_MAX_MS)
    try {
      const decoder = new TextDecoder()
      let said = ''
      for await (const chunk of this.#child.stdout) {
        said += decoder.decode(chunk, { stream: true })
        const url = /ready at (http:\S+)/.exec(said)?.[1]
        if (url !== undefined) return url
      }
    } finally {
      clearTimeout(overdue)
    }
    throw new NodeStartError(`the node ended with ${await this.#child.exited} instead of getting ready`)
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  /** @returns the exit code; one that does not end is killed, and that shows in the code. */
  async terminate(): Promise<number> {
    this.#child.kill('SIGTERM')
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MAX_MS)
    const code = await this.#child.exited
    clearTimeout(overdue)
    return code
  }
}

/** Settings of whoever runs the audit are not those of the node. */
function withoutSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('WAGGLE_')))
}

/** @returns false where there is no server to be killed. */
export async function killPostgres(dataDir: string): Promise<boolean> {
  const cluster = await findCluster(dataDir)
  const server = cluster === null ? null : await findPostmaster(cluster.pgdata)
  if (server === null) return false
  try {
    process.kill(server.pid, 'SIGKILL')
    return true
  } catch (error) {
    // Ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
