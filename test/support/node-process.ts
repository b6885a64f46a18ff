/** A node as a process of its own, as an operator runs it: to be asked over HTTP, and to be killed. */
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { until } from './until.ts'

const ROOT = join(import.meta.dir, '../..')
const START_MAX_MS = 30_000
export const TEST_KEY = 'test-key-0123456789abcdef'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the body of whatever route was asked; tests look into it
  readonly body: any
}

export class NodeProcess {
  readonly url: string
  /** From the start of the process to its readiness. */
  readonly startedInMs: number
  readonly #child: Subprocess
  readonly #heard: { said: string }

  private constructor(child: Subprocess, heard: { said: string }, url: string, startedInMs: number) {
    this.#child = child
    this.#heard = heard
    this.url = url
    this.startedInMs = startedInMs
  }

  /** @throws with what the process said, where it does not get ready. */
  static async start(env: Record<string, string>): Promise<NodeProcess> {
    const startMs = performance.now()
    const child = Bun.spawn([process.execPath, 'src/main.ts'], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', WAGGLE_ADMIN_KEY: TEST_KEY, ...env },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const heard = { said: '' }
    const listen = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder()
      for await (const chunk of stream) heard.said += decoder.decode(chunk)
    }
    listen(child.stdout)
    listen(child.stderr)
    const found = () => /ready at (http:\S+)/.exec(heard.said)?.[1]
    await until(() => found() !== undefined || child.exitCode !== null, 'the node starts', START_MAX_MS)
    const url = found()
    if (url === undefined) throw new Error(`the node did not start: ${heard.said}`)
    return new NodeProcess(child, heard, url, performance.now() - startMs)
  }

  /** What it has written so far. */
  get said(): string {
    return this.#heard.said
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TEST_KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  socket(path: string): WebSocket {
    const separator = path.includes('?') ? '&' : '?'
    return new WebSocket(`${this.url.replace('http', 'ws')}${path}${separator}token=${TEST_KEY}`)
  }

  /** As `kill -9` does it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  /** @returns the exit code. */
  async stop(): Promise<number> {
    this.#child.kill('SIGTERM')
    return this.#child.exited
  }
}
