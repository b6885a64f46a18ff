/** One embedded node and its Postgres through the faults of a run: who was ended how, and what they did by themselves. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomStream } from '../sim/random.ts'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts'
import { connect, disconnect, type Sql } from '../store/postgres.ts'
import { TrialNode } from '../trial/trial-node.ts'
import { type EmbeddedRound, FAULTS, offersOf, type PlanOptions, planRounds } from './embedded-plan.ts'
import { killPostgres } from './kill-postgres.ts'
import { AUDIT_SETTINGS, RECORD_STATEMENT_TIMEOUT_MS, type Rig, type Round } from './rig.ts'
import type { Targets } from './targets.ts'

export interface EmbeddedRigOptions {
  readonly dataDir: string
  readonly token: string
  readonly plan: PlanOptions
  /** Told where the node answers, and when it is to be gone. */
  readonly targets: Targets
}

const NAME = 'node'

export class EmbeddedRig implements Rig {
  readonly faults = FAULTS
  readonly kills = { node: 0, postgres: 0, sigterm: 0 }
  readonly figures = {}
  uncleanStops = 0
  diedByThemselves = 0
  readonly #options: EmbeddedRigOptions
  #node: TrialNode | null = null

  constructor(options: EmbeddedRigOptions) {
    this.#options = options
  }

  get logs(): string {
    return join(this.#options.dataDir, 'audit-node.log')
  }

  rounds(): Round[] {
    const strikeOf = (round: EmbeddedRound): Round => ({
      fault: round.fault,
      loadMs: round.loadMs,
      prepare: async () => {},
      strike: () => this.#strike(round),
    })
    return planRounds(this.#options.plan).map(strikeOf)
  }

  start(): Promise<void> {
    return this.#start(offersOf(randomStream(this.#options.plan.seed, 'first node')))
  }

  commandAcked(): void {}

  async stop(): Promise<void> {
    const node = this.#take()
    if (node !== null && (await node.end()) !== 0) this.uncleanStops++
    this.#options.targets.remove(NAME)
  }

  async readRecord(read: (sql: Sql) => Promise<void>): Promise<void> {
    const server = await startEmbeddedPostgres({ dataDir: this.#options.dataDir })
    try {
      const options = { max: 1, applicationName: 'waggle audit', statementTimeoutMs: RECORD_STATEMENT_TIMEOUT_MS }
      const sql = connect(server.url, options)
      await read(sql).finally(() => disconnect(sql))
    } finally {
      await server.stop()
    }
  }

  /** Its Postgres may have been left by a node that was killed: adopted once more, and stopped. */
  async close(): Promise<void> {
    await this.stop()
    await this.readRecord(async () => {})
  }

  async discard(): Promise<void> {
    await discardEmbeddedPostgres(this.#options.dataDir)
    await rm(this.#options.dataDir, { recursive: true, force: true })
  }

  /** Returns once the node is there again; Postgres may still be on its way. */
  async #strike({ fault, first, pauseMs, offers }: EmbeddedRound): Promise<void> {
    switch (fault) {
      case 'node':
        await this.#killNode()
        return this.#start(offers)
      case 'postgres':
        return this.#killPostgres()
      case 'both':
        await (first === 'node' ? this.#killNode() : this.#killPostgres())
        await Bun.sleep(pauseMs)
        await (first === 'node' ? this.#killPostgres() : this.#killNode())
        return this.#start(offers)
      case 'sigterm':
        await this.stop()
        this.kills.sigterm++
        return this.#start(offers)
      case 'starting':
        await this.#killNode()
        this.#node = this.#spawn(offers)
        await Bun.sleep(pauseMs)
        await this.#killNode()
        return this.#start(offers)
    }
  }

  async #start(offers: string): Promise<void> {
    this.#node = this.#spawn(offers)
    this.#options.targets.set(NAME, await this.#node.ready())
  }

  /** Two workers for commits that race. */
  #spawn(offers: string): TrialNode {
    const { dataDir, token } = this.#options
    const own = { WAGGLE_DATA_DIR: dataDir, WAGGLE_ADMIN_KEY: token, WAGGLE_WORKERS: '2', WAGGLE_OFFERS: offers }
    const env = { ...AUDIT_SETTINGS, ...own }
    return TrialNode.spawn({ name: NAME, port: 0, logFile: this.logs, env, atExit: 'SIGTERM' })
  }

  #take(): TrialNode | null {
    const node = this.#node
    this.#node = null
    if (node?.hasEnded === true) this.diedByThemselves++
    return node
  }

  async #killNode(): Promise<void> {
    const node = this.#take()
    this.#options.targets.remove(NAME)
    await node?.kill()
    this.kills.node++
  }

  async #killPostgres(): Promise<void> {
    if (await killPostgres(this.#options.dataDir)) this.kills.postgres++
  }
}
