/** Several real nodes for a test, and what tests ask of them. */
import { readFile } from 'node:fs/promises'
import type { LatLng } from '../../src/domain/geo.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { type ClusterView, isAtRest, readClusterView } from '../../src/trial/cluster-view.ts'
import { TrialCluster } from '../../src/trial/trial-cluster.ts'
import type { TrialNode } from '../../src/trial/trial-node.ts'
import { type Answer, askNode, TEST_KEY } from './answer.ts'
import { until } from './until.ts'

export const SHARDS = 256
/** No promise but patience: on two cores that others use too, shards move in rounds of some seconds. */
const REST_MAX_MS = 60_000
const ANSWER_MAX_MS = 8_000

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: object
  readonly key?: string
}

/** @param tree  of another version of the code. */
export function startTrial(
  nodes: number,
  env: Readonly<Record<string, string>> = {},
  tree?: string,
): Promise<TrialCluster> {
  const options = { nodes, adminKey: TEST_KEY, env: { WAGGLE_WORKERS: '1', ...env } }
  return TrialCluster.start(tree === undefined ? options : { ...options, tree })
}

export async function ask(url: string, { method, path, body, key }: Request): Promise<Answer> {
  try {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    return await askNode(url, method, path, { body, headers, timeoutMs: ANSWER_MAX_MS })
  } catch {
    // Refused, reset or silent: for tests of faults the same.
    return { status: 0, body: {} }
  }
}

export async function viewOf(node: TrialNode): Promise<ClusterView> {
  const view = await readClusterView(node.url, TEST_KEY)
  if (view === null) throw new Error(`${node.name} does not say what it sees`)
  return view
}

/** Every node sees all of them, and every shard is served. */
export async function atRest(cluster: TrialCluster): Promise<void> {
  const seen = () => Promise.all(cluster.nodes.map(node => readClusterView(node.url, TEST_KEY)))
  await until(async () => isAtRest(await seen()), 'the cluster is at rest', REST_MAX_MS).catch(async cause => {
    const nodes = (await seen()).map(view =>
      view ? `${view.node}: ${[...view.phases].join(' ')}, ${view.unowned} unowned` : 'silent',
    )
    throw new Error(`the cluster does not come to rest: ${nodes.join('; ')}`, { cause })
  })
}

/** Who serves each shard, and at which epoch, comparable. */
export function ownersIn(view: ClusterView): Record<string, string> {
  return Object.fromEntries([...view.owners].map(([shard, { node, epoch }]) => [shard, `${node} at ${epoch}`]))
}

/** Places on shards of that node, each on another one. */
export function placesOf(view: ClusterView, node: string, count: number): LatLng[] {
  const found = new Map<number, LatLng>()
  for (let i = 0; i < 10_000 && found.size < count; i++) {
    const place = { latitude: 37 + (i % 100) * 0.03, longitude: -123 + Math.floor(i / 100) * 0.03 }
    const shard = shardOfPosition(place, SHARDS)
    if (view.owners.get(shard)?.node === node) found.set(shard, place)
  }
  return [...found.values()]
}

export function logOf(node: TrialNode): Promise<string> {
  return readFile(node.logFile, 'utf8')
}

/** Looks into the record behind the nodes' backs. */
export async function inRecord<T>(cluster: TrialCluster, look: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(cluster.services.url('postgres'), { max: 1, applicationName: 'test' })
  try {
    return await look(sql)
  } finally {
    await disconnect(sql)
  }
}

/** How many of these orders the record has. */
export async function countOrders(cluster: TrialCluster, orderIds: readonly string[]): Promise<number> {
  const rows = await inRecord(
    cluster,
    sql => sql<{ n: number }[]>`select count(*)::int as n from orders where order_id = any(${[...orderIds]})`,
  )
  return rows[0]?.n ?? 0
}

export function bookAt(url: string, place: LatLng, key: string): Promise<Answer> {
  const dropoff = { ...place, latitude: place.latitude + 0.02 }
  return ask(url, { method: 'POST', path: '/v1/orders', body: { pickup: place, dropoff, reference: key }, key })
}
