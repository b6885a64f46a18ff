/** The node under test and its Postgres through the faults of a run: who was ended how, and what they did by themselves. */
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts'
import { connect, disconnect, type Sql } from '../store/postgres.ts'
import type { Target } from './calls.ts'
import { killPostgres, NodeUnderTest } from './node-under-test.ts'
import type { Round } from './plan.ts'

export interface ProcessesOptions {
  readonly dataDir: string
  readonly token: string
  /** Told where the node answers, and when it is to be gone. */
  readonly target: Target
}

/** Two workers for commits that race; short times, so that offers and batches meet every fault. */
const SETTINGS = {
  WAGGLE_WORKERS: '2',
  WAGGLE_OFFER_TTL_S: '2',
  WAGGLE_MATCH_WINDOW_MS: '50',
  WAGGLE_ORDER_TTL_S: '30',
}
/** The whole record is read. */
const STATEMENT_TIMEOUT_MS = 600_000

export class Processes {
  readonly kills = { node: 0, postgres: 0, sigterm: 0 }
  /** Ended with another code than 0 after it was asked to stop. */
  uncleanStops = 0
  /** Ended although nobody had asked. */
  diedByThemselves = 0
  readonly #options: ProcessesOptions
  #node: NodeUnderTest | null = null

  constructor(options: ProcessesOptions) {
    this.#options = options
  }

  get logFile(): string {
    return join(this.#options.dataDir, 'audit-node.log')
  }

  /** @param offers  how many drivers are asked at once. @throws {NodeStartError} */
  async start(offers: string): Promise<void> {
    this.#node = this.#spawn(offers)
    this.#options.target.url = await this.#node.ready()
  }

  /** Returns once the node is there again; Postgres may still be on its way. @throws {NodeStartError} */
  async strike({ fault, first, pauseMs, offers }: Round): Promise<void> {
    switch (fault) {
      case 'node':
        await this.#killNode()
        return this.start(offers)
      case 'postgres':
        return this.#killPostgres()
      case 'both':
        await (first === 'node' ? this.#killNode() : this.#killPostgres())
        await Bun.sleep(pauseMs)
        await (first === 'node' ? this.#killPostgres() : this.#killNode())
        return this.start(offers)
      case 'sigterm':
        await this.stop()
        this.kills.sigterm++
        return this.start(offers)
      case 'starting':
        await this.#killNode()
        this.#node = this.#spawn(offers)
        await Bun.sleep(pauseMs)
        await this.#killNode()
        return this.start(offers)
    }
  }

  /** The node ends what is under way; clients are refused meanwhile, and find nobody afterwards. */
  async stop(): Promise<void> {
    const node = this.#take()
    if (node !== null && (await node.terminate()) !== 0) this.uncleanStops++
    this.#options.target.url = null
  }

  /** The record of a node that is gone, and no Postgres left running. */
  async readRecord(read: (sql: Sql) => Promise<void>): Promise<void> {
    const server = await startEmbeddedPostgres({ dataDir: this.#options.dataDir })
    try {
      const options = { max: 1, applicationName: 'waggle audit', statementTimeoutMs: STATEMENT_TIMEOUT_MS }
      const sql = connect(server.url, options)
      await read(sql).finally(() => disconnect(sql))
    } finally {
      await server.stop()
    }
  }

  #spawn(offers: string): NodeUnderTest {
    const { dataDir, token } = this.#options
    return NodeUnderTest.spawn({ dataDir, token, logFile: this.logFile, env: { ...SETTINGS, WAGGLE_OFFERS: offers } })
  }

  #take(): NodeUnderTest | null {
    const node = this.#node
    this.#node = null
    if (node?.hasEnded === true) this.diedByThemselves++
    return node
  }

  async #killNode(): Promise<void> {
    const node = this.#take()
    this.#options.target.url = null
    await node?.kill()
    this.kills.node++
  }

  async #killPostgres(): Promise<void> {
    if (await killPostgres(this.#options.dataDir)) this.kills.postgres++
  }
}
