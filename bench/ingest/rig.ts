/**
 * What is measured: a node as users start it (`src/main.ts`, a process of its own) on an embedded Postgres with the
 * node's own settings. The server is started here and handed to the node, so that rows can be counted in it. A
 * server, or a running node with its server, can be given instead.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { NoResultError } from '../bench.ts'
import type { IngestOptions } from './options.ts'

export interface Rig {
  readonly url: string
  readonly token: string
  readonly postgresUrl: string
  /** Null where the node was not started here. */
  readonly nodePid: number | null
  /** Of a cluster that was started here; else none. */
  readonly nodeUrls: readonly string[]
  /** @throws an error if something of it is still there. */
  stop(): Promise<void>
}

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts')
/** A machine that others use, too, and a record with a city in it. */
const START_MAX_MS = 180_000
const STOP_MAX_MS = 20_000
const EXIT_INTERRUPTED = 130
const READY_STATUS = 200
const READY_EVERY_MS = 100
const READY = /ready at (http:\S+)/

/** @throws {NoResultError} the node does not start. */
export async function startRig(
  options: Pick<IngestOptions, 'node' | 'postgresUrl' | 'nodes'>,
  progress: (sentence: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<Rig> {
  const { node: given, postgresUrl } = options
  if (given !== null)
    return { ...given, postgresUrl: postgresUrl ?? '', nodePid: null, nodeUrls: [], stop: async () => {} }
  if (options.nodes > 0) return startCluster(options.nodes, env, progress)
  const dir = await mkdtemp(join(tmpdir(), 'waggle-bench-'))
  const undo: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step()
  }
  // Neither the node nor its server ends by itself with us.
  const onSignal = (): void => {
    stop().finally(() => process.exit(EXIT_INTERRUPTED))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, onSignal)
    undo.push(async () => void process.off(signal, onSignal))
  }
  try {
    const recordUrl = postgresUrl ?? (await startServer(join(dir, 'record'), undo, progress))
    const token = `bench_${crypto.randomUUID()}`
    const node = await startNode({ postgresUrl: recordUrl, token, dataDir: join(dir, 'node'), env })
    undo.push(node.stop)
    return { url: node.url, token, postgresUrl: recordUrl, nodePid: node.pid, nodeUrls: [], stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Several nodes on NATS, Redis and Postgres of their own: the clients speak to the first. */
async function startCluster(
  nodes: number,
  env: Readonly<Record<string, string>>,
  log: (sentence: string) => void,
): Promise<Rig> {
  const token = `bench_${crypto.randomUUID()}`
  const cluster = await TrialCluster.start({ nodes, adminKey: token, env, log }).catch((cause: unknown) => {
    throw new NoResultError(cause instanceof Error ? cause.message : String(cause), { cause })
  })
  const [first] = cluster.nodes
  if (!first) throw new NoResultError('there is no node')
  const rig = {
    url: first.url,
    token,
    postgresUrl: cluster.services.url('postgres'),
    nodePid: null,
    nodeUrls: cluster.nodes.map(node => node.url),
  }
  const untilMs = Date.now() + START_MAX_MS
  while ((await fetch(`${rig.url}/ready`)).status !== READY_STATUS) {
    if (Date.now() > untilMs) {
      await cluster.stop()
      throw new NoResultError('the nodes do not serve all shards')
    }
    await Bun.sleep(READY_EVERY_MS)
  }
  return { ...rig, stop: () => cluster.stop() }
}

async function startServer(
  dataDir: string,
  undo: (() => Promise<void>)[],
  log: (sentence: string) => void,
): Promise<string> {
  const server = await startEmbeddedPostgres({ dataDir, log })
  // As root the database lies elsewhere than its data directory.
  undo.push(() => discardEmbeddedPostgres(dataDir), server.stop)
  return server.url
}

interface NodeStart {
  readonly postgresUrl: string
  readonly token: string
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
}

async function startNode({ postgresUrl, token, dataDir, env }: NodeStart) {
  const child = Bun.spawn([process.execPath, MAIN], {
    env: {
      ...process.env,
      PORT: '0',
      WAGGLE_HOST: '127.0.0.1',
      WAGGLE_DATA_DIR: dataDir,
      WAGGLE_POSTGRES_URL: postgresUrl,
      WAGGLE_ADMIN_KEY: token,
      WAGGLE_AUTO_REGISTER: 'true',
      WAGGLE_UNSAFE: 'false',
      ...env,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS)
    await child.exited
    clearTimeout(killing)
  }
  const giveUp = setTimeout(() => child.kill('SIGKILL'), START_MAX_MS)
  const url = await readUrl(child.stdout)
  clearTimeout(giveUp)
  if (url === null) {
    await stop()
    throw new NoResultError('the node did not start')
  }
  return { url, pid: child.pid, stop }
}

/** Reads on to the end, so that the node never waits for its output to be read. @returns null where it ended without. */
async function readUrl(output: ReadableStream<Uint8Array>): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of output) {
      if (text.length < 10_000) text += decoder.decode(chunk, { stream: true })
      const url = READY.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    }
    resolve(null)
  }
  read().catch(() => resolve(null))
  return promise
}
