/**
 * A server that is one process: NATS or Redis. Its start is over when it answers in its own protocol; its port is chosen
 * once and kept, so that clients find it again after a restart.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../store/embedded/free-port.ts'
import { poll } from '../store/embedded/poll.ts'
import { readIfThere } from '../store/embedded/read-if-there.ts'
import { TOOL_ENV } from '../store/embedded/run-tool.ts'
import { ServiceError } from './errors.ts'
import { SERVICE_LIMITS } from './limits.ts'
import { endServerIn, isStopped, PID_FILE, serverIn, signalTo } from './processes.ts'
import type { Service } from './service.ts'

export interface Recipe {
  readonly name: 'nats' | 'redis'
  readonly program: string
  /** The server's own: its data, its log, its pid file. */
  readonly dir: string
  /** Writes what the server reads at its start. @returns its arguments, one of which names the directory. */
  prepare(port: number): Promise<string[]>
  isAnswering(port: number): Promise<boolean>
  url(port: number): string
}

export class ChildServer implements Service {
  readonly #recipe: Recipe
  #port: number

  private constructor(recipe: Recipe, port: number) {
    this.#recipe = recipe
    this.#port = port
  }

  /** @param preferred  that of an earlier start in this directory. @throws {ServiceError} `start_failed` */
  static async start(recipe: Recipe, preferred: number | null): Promise<ChildServer> {
    await mkdir(recipe.dir, { recursive: true })
    const wanted = preferred === null ? [] : [preferred]
    for (let attempt = 1; attempt <= SERVICE_LIMITS.portAttemptsMax; attempt++) {
      const server = new ChildServer(recipe, await freePort(attempt === 1 ? wanted : []))
      if (await server.#run()) return server
    }
    throw await failed(recipe)
  }

  get name(): 'nats' | 'redis' {
    return this.#recipe.name
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return this.#recipe.url(this.#port)
  }

  async start(): Promise<void> {
    if ((await serverIn(this.#recipe.dir)) !== null) return
    if (!(await this.#run())) throw await failed(this.#recipe)
  }

  async stop(): Promise<void> {
    if (await endServerIn(this.#recipe.dir)) return
    throw new ServiceError('stop_failed', `The ${this.name} server in ${this.#recipe.dir} does not end.`)
  }

  async kill(): Promise<void> {
    const { dir } = this.#recipe
    const pid = await serverIn(dir)
    if (pid === null) return
    signalTo(pid, 'SIGKILL')
    const gone = await poll({ forMs: SERVICE_LIMITS.killMaxMs, everyMs: SERVICE_LIMITS.pollMs }, async () =>
      (await serverIn(dir)) === null ? true : undefined,
    )
    if (!gone) throw new ServiceError('stop_failed', `The ${this.name} server (process ${pid}) does not end.`)
  }

  /** Once it resolves, the server does nothing: a busy machine takes its time to stop every thread. */
  async pause(): Promise<void> {
    await this.#signal('SIGSTOP')
    const pid = await serverIn(this.#recipe.dir)
    if (pid === null) return
    const isPaused = await poll({ forMs: SERVICE_LIMITS.killMaxMs, everyMs: SERVICE_LIMITS.pollMs }, async () =>
      (await isStopped(pid)) ? true : undefined,
    )
    if (!isPaused)
      throw new ServiceError('stop_failed', `The ${this.name} server (process ${pid}) does not stand still.`)
  }

  resume(): Promise<void> {
    return this.#signal('SIGCONT')
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const pid = await serverIn(this.#recipe.dir)
    if (pid !== null) signalTo(pid, signal)
  }

  /** @returns false where it ended before it answered: its port was taken, or it cannot run. */
  async #run(): Promise<boolean> {
    const { program, dir, prepare, isAnswering } = this.#recipe
    const args = await prepare(this.#port)
    await rm(join(dir, PID_FILE), { force: true })
    const output = openSync(logOf(dir), 'a')
    let ended = false
    try {
      // A session of its own: Ctrl-C in the terminal is for us, and we stop the servers in order.
      const child = spawn(program, args, { cwd: dir, env: TOOL_ENV, detached: true, stdio: ['ignore', output, output] })
      const end = () => {
        ended = true
      }
      child.once('exit', end)
      child.once('error', end)
      child.unref()
    } finally {
      closeSync(output)
    }
    const up = await poll({ forMs: SERVICE_LIMITS.startMaxMs, everyMs: SERVICE_LIMITS.pollMs }, async () => {
      if (ended) return false
      // Somebody else may answer on that port: ours has written its pid file as well.
      return (await isAnswering(this.#port)) && (await serverIn(dir)) !== null ? true : undefined
    })
    if (up === undefined) await endServerIn(dir)
    return up === true && !ended
  }
}

async function failed({ name, program, dir }: Recipe): Promise<ServiceError> {
  const said = (await readIfThere(logOf(dir)))?.trim().slice(-SERVICE_LIMITS.lastWordsMaxChars)
  return new ServiceError(
    'start_failed',
    `${program} does not start as the ${name} server. It says: ${said || 'nothing'}`,
  )
}

function logOf(dir: string): string {
  return join(dir, 'server.log')
}
