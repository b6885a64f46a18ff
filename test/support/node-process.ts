/** A node as a process of its own, as an operator runs it: to be asked over HTTP, and to be killed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { NodeStartError, TrialNode } from '../../src/trial/trial-node.ts'
import { type Answer, askNode, TEST_KEY } from './answer.ts'

/** Enough for a stack and the lines before it. */
const LAST_WORDS_CHARS = 4_000

export class NodeProcess {
  /** From the start of the process to its readiness. */
  readonly startedInMs: number
  readonly #node: TrialNode

  private constructor(node: TrialNode, startedInMs: number) {
    this.#node = node
    this.startedInMs = startedInMs
  }

  /** @throws with what the process said, where it does not get ready. */
  static async start(env: Readonly<Record<string, string>>): Promise<NodeProcess> {
    const startMs = performance.now()
    const logFile = join(await mkdtemp(join(tmpdir(), 'waggle-test-node-')), 'node.log')
    // It takes a Postgres of its own along, if it has one.
    const settings = { WAGGLE_ADMIN_KEY: TEST_KEY, ...env }
    const node = TrialNode.spawn({ name: 'node', port: 0, logFile, env: settings, atExit: 'SIGTERM' })
    try {
      await node.ready()
    } catch (cause) {
      if (!(cause instanceof NodeStartError)) throw cause
      throw new Error(`the node did not start: ${await readFile(logFile, 'utf8')}`, { cause })
    }
    return new NodeProcess(node, performance.now() - startMs)
  }

  get url(): string {
    return this.#node.url
  }

  /** What it has written so far. */
  said(): Promise<string> {
    return readFile(this.#node.logFile, 'utf8')
  }

  /** @throws where there is no answer, with the last words of the node: it may have ended. */
  ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return askNode(this.url, method, path, { body, headers }).catch(async (cause: unknown) => {
      const lastWords = (await this.said()).slice(-LAST_WORDS_CHARS)
      throw new Error(`${method} ${path} had no answer (${String(cause)}); the node: ${lastWords}`, { cause })
    })
  }

  socket(path: string): WebSocket {
    const separator = path.includes('?') ? '&' : '?'
    return new WebSocket(`${this.url.replace('http', 'ws')}${path}${separator}token=${TEST_KEY}`)
  }

  /** As `kill -9` does it. */
  async kill(): Promise<void> {
    await this.#node.kill()
    await this.#forget()
  }

  /** @returns the exit code. */
  async stop(): Promise<number> {
    const code = await this.#node.end()
    await this.#forget()
    return code
  }

  /** Nobody reads any more what it said. */
  #forget(): Promise<void> {
    return rm(dirname(this.#node.logFile), { recursive: true, force: true })
  }
}
