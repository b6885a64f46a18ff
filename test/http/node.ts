/** A whole node for the tests of one file: worker threads, a database of its own, HTTP on a free port. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { startNode } from '../../src/node.ts'
import { testDatabase } from '../support/postgres.ts'

export const ADMIN_KEY = 'test-admin-key-0123456789'

export interface TestNode {
  readonly url: string
  readonly key: string
  readonly postgresUrl: string
  /** With the admin key; a body that is no text is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The value of a sample of `/metrics`. */
  metric(sample: string): Promise<number>
  /** Of the node alone: its record stays. */
  end(): Promise<void>
  stop(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of a JSON answer. */
  readonly body: Body
}

/** Answers are looked at field by field. */
export interface Body {
  readonly [field: string]: unknown
}

/** @param postgresUrl  of the record of another one that has ended. */
export async function startTestNode(env: Record<string, string> = {}, postgresUrl?: string): Promise<TestNode> {
  const database = postgresUrl === undefined ? await testDatabase() : { url: postgresUrl, drop: async () => undefined }
  const dataDir = await mkdtemp(join(tmpdir(), 'waggle-test-node-'))
  const config = readConfig({
    PORT: '0',
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_POSTGRES_URL: database.url,
    WAGGLE_ADMIN_KEY: ADMIN_KEY,
    WAGGLE_WORKERS: '1',
    WAGGLE_SHARDS: '8',
    WAGGLE_MATCH_WINDOW_MS: '20',
    ...env,
  })
  const node = await startNode(config, () => undefined)
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    request(node.url, method, path, body, headers)
  return {
    url: node.url,
    key: node.adminKey,
    postgresUrl: node.postgresUrl,
    call,
    async metric(sample) {
      const { text } = await call('GET', '/metrics')
      const line = text.split('\n').find(candidate => candidate.startsWith(`${sample} `))
      return Number(line?.slice(sample.length + 1) ?? 0)
    },
    async end() {
      await node.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
    async stop() {
      await node.stop()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Body) : {} }
}
