/** Several nodes on NATS, Redis and Postgres through the faults of a run. Clients are told of all nodes and find out themselves which of them is away. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ShardId } from '../domain/ids.ts'
import { removeDir } from '../services/leftovers.ts'
import { connect, disconnect, type Sql } from '../store/postgres.ts'
import { type ClusterView, isAtRest, readClusterView } from '../trial/cluster-view.ts'
import { flushRedis } from '../trial/flush-redis.ts'
import { TrialCluster } from '../trial/trial-cluster.ts'
import type { TrialNode } from '../trial/trial-node.ts'
import { CLUSTER_FAULTS, type ClusterRound, planClusterRounds } from './cluster-plan.ts'
import type { PlanOptions } from './embedded-plan.ts'
import { AUDIT_SETTINGS, NoRestError, RECORD_STATEMENT_TIMEOUT_MS, type Rig, type Round } from './rig.ts'
import { TakeOvers } from './take-overs.ts'
import type { Targets } from './targets.ts'

export interface ClusterRigOptions {
  readonly dataDir: string
  readonly token: string
  readonly nodes: number
  readonly plan: PlanOptions
  readonly targets: Targets
}

const REST_MAX_MS = 30_000
const POLL_MS = 100
/** A node says when it leaves how long its slowest hand-off took. */
const HAND_OFF = /the slowest in (\d+) ms/g

export class ClusterRig implements Rig {
  readonly faults = CLUSTER_FAULTS
  readonly kills = { node: 0, nats: 0, redis: 0, postgres: 0, sigterm: 0, sigstop: 0 }
  uncleanStops = 0
  diedByThemselves = 0
  readonly #options: ClusterRigOptions
  readonly #takeOvers = new TakeOvers()
  #started: TrialCluster | null = null
  #handOffMaxMs = 0

  constructor(options: ClusterRigOptions) {
    this.#options = options
  }

  get logs(): string {
    return join(this.#options.dataDir, 'node-*', 'node.log')
  }

  get figures(): Record<string, number> {
    const { tookMs } = this.#takeOvers
    return {
      nodes: this.#options.nodes,
      takeovers: tookMs.length,
      takeover_ms_p50: Math.round(tookMs[Math.floor(tookMs.length / 2)] ?? 0),
      takeover_ms_max: Math.round(tookMs.at(-1) ?? 0),
      handoff_max_ms: this.#handOffMaxMs,
    }
  }

  rounds(): Round[] {
    const { plan, nodes } = this.#options
    return planClusterRounds(plan, nodes).map(round => ({
      fault: round.fault,
      loadMs: round.loadMs,
      prepare: () => (round.isHasty ? Promise.resolve() : this.#rest()),
      strike: () => this.#strike(round),
    }))
  }

  async start(): Promise<void> {
    const { dataDir, token, nodes, targets } = this.#options
    const env = { ...AUDIT_SETTINGS, WAGGLE_WORKERS: '1' }
    this.#started = await TrialCluster.start({ nodes, adminKey: token, dir: dataDir, env })
    for (const node of this.#cluster.nodes) targets.set(node.name, node.url)
    await this.#rest()
  }

  commandAcked(orderId: string, sentAtMs: number): void {
    this.#takeOvers.commandAcked(orderId, sentAtMs, performance.now())
  }

  async stop(): Promise<void> {
    for (const node of this.#started?.nodes ?? []) {
      this.#options.targets.remove(node.name)
      await this.#end(node)
    }
  }

  async readRecord(read: (sql: Sql) => Promise<void>): Promise<void> {
    const options = { max: 1, applicationName: 'waggle audit', statementTimeoutMs: RECORD_STATEMENT_TIMEOUT_MS }
    const sql = connect(this.#cluster.services.url('postgres'), options)
    await read(sql).finally(() => disconnect(sql))
  }

  async close(): Promise<void> {
    await this.#started?.stop()
  }

  discard(): Promise<void> {
    return removeDir(this.#options.dataDir)
  }

  get #cluster(): TrialCluster {
    if (this.#started === null) throw new Error('the cluster has not been started')
    return this.#started
  }

  // ---------------------------------------------------------------- faults

  async #strike(round: ClusterRound): Promise<void> {
    const { services } = this.#cluster
    const { awayMs } = round
    switch (round.fault) {
      case 'node_killed':
        return this.#killed([this.#nodeAt(round.victim)], round)
      case 'two_nodes_killed':
        return this.#killed([this.#nodeAt(round.victim), this.#nodeAt(round.other)], round)
      case 'node_frozen':
        return this.#frozen(this.#nodeAt(round.victim), awayMs)
      case 'node_rolled':
        return this.#rolled(this.#nodeAt(round.victim), round)
      case 'node_added':
        return this.#added(round)
      case 'nats_killed':
      case 'postgres_killed':
      case 'redis_killed': {
        const name = SERVICE_OF[round.fault]
        await services.kill(name)
        this.kills[name]++
        await Bun.sleep(awayMs)
        return services.restart(name)
      }
      case 'nats_restarted':
        return services.restart('nats')
      case 'postgres_restarted':
        return services.restart('postgres')
      case 'nats_frozen':
      case 'postgres_stalled': {
        const name = SERVICE_OF[round.fault]
        await services.pause(name)
        await Bun.sleep(awayMs)
        return services.resume(name)
      }
      case 'redis_flushed':
        return flushRedis(services.url('redis'))
    }
  }

  async #killed(victims: readonly TrialNode[], { awayMs, offers, isHasty }: ClusterRound): Promise<void> {
    const served = await this.#servedBy(victims)
    const killedAtMs = performance.now()
    // After a fault from which the cluster has not recovered, no take-over is promised in time.
    if (!isHasty) this.#takeOvers.killed(served, killedAtMs)
    await Promise.all(victims.map(node => this.#kill(node)))
    await Bun.sleep(awayMs)
    await Promise.all(victims.map(node => this.#startNode(node.name, offers)))
  }

  async #frozen(node: TrialNode, awayMs: number): Promise<void> {
    node.freeze()
    this.kills.sigstop++
    await Bun.sleep(awayMs)
    node.thaw()
  }

  async #rolled(node: TrialNode, round: ClusterRound): Promise<void> {
    await this.#leave(node, round)
    await Bun.sleep(round.awayMs)
    await this.#startNode(node.name, round.offers)
  }

  async #added(round: ClusterRound): Promise<void> {
    const node = await this.#startNode(`node-${this.#options.nodes + 1}`, round.offers)
    await Bun.sleep(round.awayMs)
    this.#options.targets.remove(node.name)
    await this.#leave(node, round)
    this.#cluster.forget(node.name)
  }

  /** By plan. While the cluster has not recovered from another fault, no hand-off is promised in time. */
  async #leave(node: TrialNode, { isHasty }: ClusterRound): Promise<void> {
    await this.#end(node)
    this.kills.sigterm++
    if (isHasty) return
    const tookMs = [...(await readFile(node.logFile, 'utf8')).matchAll(HAND_OFF)].at(-1)?.[1]
    this.#handOffMaxMs = Math.max(this.#handOffMaxMs, Number(tookMs ?? 0))
  }

  // ---------------------------------------------------------------- nodes

  #nodeAt(index: number): TrialNode {
    return this.#cluster.node(`node-${index + 1}`)
  }

  async #startNode(name: string, offers: string): Promise<TrialNode> {
    const node = await this.#cluster.startNode(name, { WAGGLE_OFFERS: offers })
    this.#options.targets.set(name, node.url)
    return node
  }

  async #kill(node: TrialNode): Promise<void> {
    if (node.hasEnded) this.diedByThemselves++
    await node.kill()
    this.kills.node++
  }

  async #end(node: TrialNode): Promise<void> {
    if (node.hasEnded) this.diedByThemselves++
    else if ((await node.end()) !== 0) this.uncleanStops++
  }

  async #servedBy(nodes: readonly TrialNode[]): Promise<Set<ShardId>> {
    const names = new Set(nodes.map(node => node.name))
    const [view] = (await this.#views()).filter(seen => seen !== null)
    return new Set([...(view?.owners ?? [])].flatMap(([s, owner]) => (names.has(owner.node) ? [s as ShardId] : [])))
  }

  #views(): Promise<(ClusterView | null)[]> {
    const { token } = this.#options
    return Promise.all(this.#cluster.nodes.map(node => readClusterView(node.url, token)))
  }

  /** @throws {NoRestError} */
  async #rest(): Promise<void> {
    const untilMs = performance.now() + REST_MAX_MS
    for (;;) {
      const views = await this.#views()
      if (isAtRest(views)) return
      if (performance.now() > untilMs) throw new NoRestError(`the cluster did not come to rest: ${described(views)}`)
      await Bun.sleep(POLL_MS)
    }
  }
}

const SERVICE_OF = {
  nats_killed: 'nats',
  postgres_killed: 'postgres',
  redis_killed: 'redis',
  nats_frozen: 'nats',
  postgres_stalled: 'postgres',
} as const

function described(views: readonly (ClusterView | null)[]): string {
  const of = (view: ClusterView | null) =>
    view === null
      ? 'a node does not answer'
      : `${view.node} ${view.hasLease ? 'with' : 'without'} a lease sees ${[...view.phases].join(' ')}, ${view.unowned} shards unowned`
  return views.map(of).join('; ')
}
