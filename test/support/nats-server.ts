/**
 * A real NATS server with JetStream for one test file: on a free port of 127.0.0.1, with a store of its own, to be killed,
 * started again on the same port, frozen and thawed.
 *
 * Servers do not leak: each is the child of a shell that waits for our end of its standard input to close, however this process
 * ends, and then kills it.
 */
import { describe, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { freePort } from '../../src/store/embedded/free-port.ts'
import { until } from './until.ts'

const START_MAX_MS = 10_000
const USUAL_PLACES = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/local/sbin/nats-server']

/** The server in the background, so that the shell can wait for us; its process id is the first line. */
const GUARD = '"$0" "$@" >/dev/null 2>&1 </dev/null & echo $!; read -r _; kill -9 $! 2>/dev/null; wait $!'

export function findNatsServer(): string | null {
  return Bun.which('nats-server') ?? USUAL_PLACES.find(place => existsSync(place)) ?? null
}

/** `describe`, where there is a server. Where there is none the tests are skipped, and in CI they fail. */
export function describeWithNats(name: string, tests: () => void): void {
  if (findNatsServer() !== null) {
    describe(name, tests)
    return
  }
  const sentence = `${name}: needs nats-server (Debian: the package nats-server), which is not on this machine`
  if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(sentence)
    })
    return
  }
  process.stderr.write(`skipped: ${sentence}\n`)
  describe.skip(name, tests)
}

export interface NatsServerOptions {
  /** Further arguments of the server. */
  readonly args?: readonly string[]
}

export class NatsServer {
  readonly port: number
  readonly #storeDir: string
  readonly #args: readonly string[]
  #guard: Subprocess<'pipe', 'pipe', 'ignore'> | null = null
  #pid = 0

  private constructor(port: number, storeDir: string, args: readonly string[]) {
    this.port = port
    this.#storeDir = storeDir
    this.#args = args
  }

  static async start({ args = [] }: NatsServerOptions = {}): Promise<NatsServer> {
    const storeDir = await mkdtemp(join(tmpdir(), 'waggle-test-nats-'))
    const server = new NatsServer(await freePort([]), storeDir, args)
    await server.restart()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  /** On the same port and store; streams in memory are gone. */
  async restart(): Promise<void> {
    const binary = findNatsServer()
    if (binary === null) throw new Error('there is no nats-server on this machine')
    const args = ['-a', '127.0.0.1', '-p', `${this.port}`, '-js', '-sd', this.#storeDir, ...this.#args]
    this.#guard = Bun.spawn(['sh', '-c', GUARD, binary, ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' })
    const reader = this.#guard.stdout.getReader()
    this.#pid = Number(new TextDecoder().decode((await reader.read()).value))
    await until(() => greets(this.port), 'nats-server is ready', START_MAX_MS)
  }

  /** As `kill -9` does it. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL')
    await this.#endGuard()
    await until(async () => !(await greets(this.port)), 'nats-server is gone')
  }

  /** Once it resolves, the server answers nothing: a busy machine takes its time to stop every thread. */
  async freeze(): Promise<void> {
    this.#signal('SIGSTOP')
    await until(() => isStopped(this.#pid), 'nats-server is frozen')
  }

  thaw(): void {
    this.#signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.#endGuard()
    await rm(this.#storeDir, { recursive: true, force: true })
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#guard !== null && this.#pid > 0) process.kill(this.#pid, signal)
  }

  /** Ends the server too, unless it has ended. */
  async #endGuard(): Promise<void> {
    const guard = this.#guard
    this.#guard = null
    if (guard === null) return
    await guard.stdin.end()
    await guard.exited
  }
}

/** Every thread of it. Where the system does not say, the signal has to do. */
async function isStopped(pid: number): Promise<boolean> {
  if (!existsSync('/proc/self/task')) return true
  const threads = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(threads.map(thread => readFile(`/proc/${pid}/task/${thread}/status`, 'utf8')))
  return states.every(state => /^State:\s*T/m.test(state))
}

/** The first thing a server says is `INFO`. */
function greets(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connectTcp({ port, host: '127.0.0.1' })
    const end = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('data', data => end(data.toString().startsWith('INFO')))
    socket.once('error', () => end(false))
    socket.once('close', () => resolve(false))
  })
}
