/**
 * Several nodes on this machine: real processes on real servers, for trying a cluster, for its tests and for the audit. Every
 * node can be killed, frozen, stopped and started again under the same name.
 */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Services, startServices } from '../services/services.ts'
import { TrialNode } from './trial-node.ts'

export interface TrialOptions {
  readonly nodes: number
  readonly adminKey: string
  /** Settings of every node beside those of the servers. */
  readonly env?: Readonly<Record<string, string>>
  /** Of the first node; the others follow. Default: any that are free. */
  readonly firstPort?: number
  /** The code that the nodes run; default: this one. */
  readonly tree?: string
  /** Kept when it stops. */
  readonly dir?: string
  readonly log?: (sentence: string) => void
}

export class TrialCluster {
  readonly services: Services
  readonly #options: TrialOptions
  readonly #nodes = new Map<string, TrialNode>()

  private constructor(services: Services, options: TrialOptions) {
    this.services = services
    this.#options = options
  }

  /** @returns once all nodes are ready. @throws {ServiceError} @throws {NodeStartError}; then nothing is left running. */
  static async start(options: TrialOptions): Promise<TrialCluster> {
    const { nodes, dir, log } = options
    const services = await startServices({ ...(dir === undefined ? {} : { dir }), ...(log ? { log } : {}) })
    const cluster = new TrialCluster(services, options)
    try {
      await Promise.all(Array.from({ length: nodes }, (_, i) => cluster.startNode(`node-${i + 1}`)))
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  get nodes(): readonly TrialNode[] {
    return [...this.#nodes.values()]
  }

  node(name: string): TrialNode {
    const node = this.#nodes.get(name)
    if (!node) throw new Error(`there is no node ${name}`)
    return node
  }

  /** Starts it, or starts it again. @throws {NodeStartError} */
  async startNode(name: string, env: Readonly<Record<string, string>> = {}, tree?: string): Promise<TrialNode> {
    const node = await this.spawnNode(name, env, tree)
    await node.ready()
    return node
  }

  /** Returns at once: the process may be killed while it starts. */
  async spawnNode(
    name: string,
    env: Readonly<Record<string, string>> = {},
    tree = this.#options.tree,
  ): Promise<TrialNode> {
    const { adminKey, firstPort } = this.#options
    const dataDir = join(this.services.dir, name)
    await mkdir(dataDir, { recursive: true })
    const port = this.#nodes.get(name)?.port ?? (firstPort === undefined ? 0 : firstPort + this.#nodes.size)
    const node = TrialNode.spawn({
      name,
      port,
      ...(tree === undefined ? {} : { tree }),
      logFile: join(dataDir, 'node.log'),
      env: { ...this.#servers(dataDir), ...secretsOf(adminKey), ...this.#options.env, ...env, WAGGLE_NODE: name },
    })
    this.#nodes.set(name, node)
    return node
  }

  /** One that has ended is no longer among them. */
  forget(name: string): void {
    this.#nodes.delete(name)
  }

  #servers(dataDir: string): Record<string, string> {
    return {
      WAGGLE_DATA_DIR: dataDir,
      WAGGLE_NATS_URL: this.services.url('nats'),
      WAGGLE_REDIS_URL: this.services.url('redis'),
      WAGGLE_POSTGRES_URL: this.services.url('postgres'),
    }
  }

  /** Nodes first, one after the other, so that each hands over what it has; then the servers. */
  async stop(): Promise<void> {
    for (const node of this.nodes) await node.end()
    await this.services.stop()
  }

  /** For whoever has seen what it wanted to see: the nodes are killed all at once and hand nothing over; then the servers. */
  async discard(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.kill()))
    await this.services.stop()
  }
}

/** What one node signs the others must honour. */
function secretsOf(adminKey: string): Record<string, string> {
  const jwtSecret = createHash('sha256').update(`tokens of ${adminKey}`).digest('hex')
  return { WAGGLE_ADMIN_KEY: adminKey, WAGGLE_JWT_SECRET: jwtSecret }
}
