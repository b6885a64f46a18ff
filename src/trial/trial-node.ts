/** A node as a process of its own, started as an operator starts it. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Subprocess } from 'bun'

/** The process has ended, or says nothing of readiness for too long. */
export class NodeStartError extends Error {
  override readonly name = 'NodeStartError'
}

export interface TrialNodeOptions {
  readonly name: string
  /** 0: any that is free. */
  readonly port: number
  /** What the node says on stderr is appended to it. */
  readonly logFile: string
  readonly env: Readonly<Record<string, string>>
  /** The root of the code that it runs; default: this one. */
  readonly tree?: string
  /**
   * What it is sent when this process ends before it. `SIGKILL` also reaches one that is frozen; one with a Postgres of its own
   * is asked with `SIGTERM`, so that it takes that along.
   */
  readonly atExit?: 'SIGKILL' | 'SIGTERM'
}

const ROOT = join(import.meta.dir, '../..')
const START_MAX_MS = 60_000
/** The node ends itself after 15 s; what lives longer hangs. */
const STOP_MAX_MS = 30_000

export class TrialNode {
  readonly name: string
  readonly logFile: string
  readonly #child: Subprocess<'ignore', 'pipe', number>
  #url: string | null = null
  #port: number

  private constructor(options: TrialNodeOptions, child: Subprocess<'ignore', 'pipe', number>) {
    const { name, port, logFile, atExit = 'SIGKILL' } = options
    this.name = name
    this.logFile = logFile
    this.#port = port
    this.#child = child
    // A run that is interrupted leaves no node behind.
    const end = () => child.kill(atExit)
    process.once('exit', end)
    void child.exited.then(() => process.off('exit', end))
  }

  static spawn(options: TrialNodeOptions): TrialNode {
    const log = openSync(options.logFile, 'a')
    try {
      const child = Bun.spawn([process.execPath, 'src/main.ts'], {
        cwd: options.tree ?? ROOT,
        env: { ...withoutSettings(process.env), PORT: `${options.port}`, ...options.env },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: log,
      })
      return new TrialNode(options, child)
    } finally {
      closeSync(log)
    }
  }

  /** @returns its URL. @throws {NodeStartError} */
  async ready(): Promise<string> {
    if (this.#url !== null) return this.#url
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), START_MAX_MS)
    try {
      const decoder = new TextDecoder()
      let said = ''
      for await (const chunk of this.#child.stdout) {
        said += decoder.decode(chunk, { stream: true })
        const url = /ready at (http:\S+)/.exec(said)?.[1]
        if (url === undefined) continue
        this.#url = url
        this.#port = Number(new URL(url).port)
        return url
      }
    } finally {
      clearTimeout(overdue)
    }
    throw new NodeStartError(`${this.name} ended with ${await this.#child.exited}; see ${this.logFile}`)
  }

  get url(): string {
    if (this.#url === null) throw new Error(`${this.name} is not ready`)
    return this.#url
  }

  /** The one that it has had so far: the same after a restart. */
  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#child.pid
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  /** Neither hears nor says anything until `thaw`, and does not know it. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Asked to stop: hands over what it has. @returns the exit code; one that does not end is killed, which shows in the code. */
  async end(): Promise<number> {
    if (this.hasEnded) return this.#child.exitCode ?? 1
    this.thaw()
    this.#child.kill('SIGTERM')
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MAX_MS)
    const code = await this.#child.exited
    clearTimeout(overdue)
    return code
  }
}

/** Settings of whoever runs this are not those of the node, nor are its traces. */
function withoutSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(WAGGLE|OTEL)_/.test(name)))
}
