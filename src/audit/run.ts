/**
 * One audit: a node on a data directory of its own, clients that keep what they are told, a fault per round, and at last the
 * comparison with the record. The clients never stop in between: what is under way when a process dies is the point.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomStream } from '../sim/random.ts'
import { discardEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts'
import type { AuditOptions } from './args.ts'
import { checkRecord } from './check-record.ts'
import { Customers, cancel } from './customers.ts'
import { dispatch } from './dispatcher.ts'
import { Findings } from './findings.ts'
import { Fleet, placeIn } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { NodeStartError } from './node-under-test.ts'
import { offersOf, planRounds, type Round } from './plan.ts'
import { Processes } from './processes.ts'
import { type AuditReport, Recoveries, reportOf } from './report.ts'
import { World } from './world.ts'

export interface AuditResult {
  readonly report: AuditReport
  readonly findings: Findings
  /** Where the node's data and log are; null where they were removed. */
  readonly keptDataDir: string | null
}

/** The node is gone for good. What it had acknowledged was not compared; its data is kept. */
export class NotRecoveredError extends Error {
  override readonly name = 'NotRecoveredError'
}

const RECOVERY_MAX_MS = 60_000
/** Orders under way get so long to end by themselves. */
const DRAIN_MAX_MS = 8_000
/** Then what is not answered or not acknowledged gets so long. */
const SETTLE_MAX_MS = 15_000
/** All of that, and the reading of every order. */
const CLOSING_MAX_MS = 180_000
const POLL_MS = 10
const ORDERS_PER_DRIVER_AND_S = 0.1

export async function runAudit(options: AuditOptions, progress: (line: string) => void): Promise<AuditResult> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'waggle-audit-')))
  await mkdir(dataDir, { recursive: true })
  const audit = new Audit(options, dataDir, progress)
  try {
    await audit.rounds()
    await within(CLOSING_MAX_MS, 'the drain', audit.drain())
    await audit.endClients()
  } catch (error) {
    await audit.abandon()
    if (!(error instanceof NotRecoveredError)) throw error
    const where = `--seed ${options.seed}; the data is kept in ${dataDir}`
    throw new NotRecoveredError(`${error.message} with ${where}`, { cause: error })
  }
  await audit.compare()
  const { ledger, recoveries, processes, unsettled } = audit
  const isToBeKept = ledger.findings.total > 0 || options.dataDir !== null
  if (!isToBeKept) await remove(dataDir)
  const report = reportOf({ options, ledger, recoveries, processes, unsettled })
  return { report, findings: ledger.findings, keptDataDir: isToBeKept ? dataDir : null }
}

async function remove(dataDir: string): Promise<void> {
  await discardEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}

class Audit {
  readonly recoveries = new Recoveries()
  readonly ledger = new Ledger(new Findings())
  readonly processes: Processes
  /** Frames and batches without an answer at the end. */
  unsettled = 0
  readonly #options: AuditOptions
  readonly #world: World
  readonly #fleet: Fleet
  readonly #customers: Customers
  readonly #progress: (line: string) => void

  constructor(options: AuditOptions, dataDir: string, progress: (line: string) => void) {
    this.#options = options
    this.#progress = progress
    const { seed, drivers } = options
    const runId = `aud_${seed}_${Date.now().toString(36)}`
    const token = `audit-key-${runId}`
    this.#world = new World({ seed, runId, token, ledger: this.ledger })
    this.processes = new Processes({ dataDir, token, target: this.#world.target })
    this.#fleet = new Fleet(this.#world, drivers)
    const ordersPerS = drivers * ORDERS_PER_DRIVER_AND_S
    this.#customers = new Customers({ world: this.#world, ordersPerS, placeOf: placeIn })
  }

  async rounds(): Promise<void> {
    await this.processes.start(offersOf(randomStream(this.#options.seed, 'first node')))
    await within(RECOVERY_MAX_MS, 'the registration of drivers', this.#fleet.start())
    this.#customers.start()
    this.#world.start(dispatch(this.#world, this.#fleet))
    for (const [index, round] of planRounds(this.#options).entries()) {
      await Bun.sleep(round.loadMs)
      const struckAtMs = performance.now()
      await this.#outlive(round)
      const recoveryMs = performance.now() - struckAtMs
      this.recoveries.add(round.fault, recoveryMs)
      this.#progress(this.#describe(index, round, recoveryMs))
    }
  }

  /** Everything under way ends, or is cancelled; then each order is read once more. */
  async drain(): Promise<void> {
    const { ledger } = this
    this.#world.phase = 'draining'
    await this.#until(() => ledger.openOrders().length === 0, DRAIN_MAX_MS)
    this.#progress(`draining: ${ledger.openOrders().length} orders are cancelled`)
    await Promise.all(ledger.openOrders().map(orderId => cancel(this.#world, orderId)))
    this.#fleet.stopReporting()
    await this.#until(() => this.#fleet.unsettled === 0 && this.#customers.waiting === 0, SETTLE_MAX_MS)
    this.unsettled = this.#fleet.unsettled
    // Also what was booked before the drain and acknowledged in it.
    await Promise.all(ledger.openOrders().map(orderId => cancel(this.#world, orderId)))
    this.#progress(`reading ${ledger.booked.size} orders`)
    await Promise.all([...ledger.booked.values()].map(({ orderId }) => this.#world.look(orderId)))
  }

  async endClients(): Promise<void> {
    await this.#world.end()
    this.#fleet.close()
    await this.processes.stop()
  }

  /** Leaves no process behind; the data stays. */
  async abandon(): Promise<void> {
    this.#fleet.stopReporting()
    this.#fleet.close()
    this.#world.phase = 'over'
    await this.processes.stop()
    await this.processes.readRecord(async () => {})
  }

  /** The node is gone: only the record speaks. */
  async compare(): Promise<void> {
    this.#progress('comparing with the record')
    await this.processes.readRecord(sql => checkRecord(sql, this.ledger, this.#world.runId))
  }

  async #outlive(round: Round): Promise<void> {
    try {
      await this.processes.strike(round)
    } catch (cause) {
      if (!(cause instanceof NodeStartError)) throw cause
      throw new NotRecoveredError(`after the fault "${round.fault}" ${cause.message}; see ${this.processes.logFile}`, {
        cause,
      })
    }
    await within(RECOVERY_MAX_MS, `a booking after the fault "${round.fault}"`, this.#customers.recovered())
  }

  async #until(isSo: () => boolean, maxMs: number): Promise<void> {
    const endMs = performance.now() + maxMs
    while (!isSo() && performance.now() < endMs) await Bun.sleep(POLL_MS)
  }

  #describe(index: number, { fault }: Round, recoveryMs: number): string {
    const { ledger } = this
    const unexpected = ledger.unexpected.size === 0 ? '' : `, unexpected ${JSON.stringify([...ledger.unexpected])}`
    const acked = `${ledger.booked.size} orders, ${ledger.count('accept')} accepts, ${ledger.positions.size} positions`
    const round = `round ${index + 1}/${this.#options.rounds}: ${fault}, back in ${Math.round(recoveryMs)} ms`
    return `${round}; acknowledged ${acked}; wrong ${ledger.findings.total}${unexpected}`
  }
}

/** @throws {NotRecoveredError} */
async function within<T>(maxMs: number, what: string, work: Promise<T>): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new NotRecoveredError(`${what} took more than ${maxMs} ms`)), maxMs)
  try {
    return await Promise.race([work, overdue])
  } finally {
    clearTimeout(timer)
  }
}
