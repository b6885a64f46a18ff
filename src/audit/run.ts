/**
 * One audit: an embedded node or a cluster in a directory of its own, clients that keep what they are told, a fault per round,
 * and at last the comparison with the record. The clients never stop in between: what is under way when a process dies is
 * the point.
 */
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeStartError } from '../trial/trial-node.ts'
import type { AuditOptions } from './args.ts'
import { BookedAhead } from './booked-ahead.ts'
import { checkRecord } from './check-record.ts'
import { ClusterRig } from './cluster-rig.ts'
import { Customers, cancel } from './customers.ts'
import { dispatch } from './dispatcher.ts'
import { EmbeddedRig } from './embedded-rig.ts'
import { Findings } from './findings.ts'
import { Fleet, placeIn } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { type AuditReport, Recoveries, reportOf } from './report.ts'
import { NoRestError, type Rig, type Round } from './rig.ts'
import { Targets } from './targets.ts'
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
  const { ledger, recoveries, rig, unsettled } = audit
  const isToBeKept = ledger.findings.total > 0 || options.dataDir !== null
  const report = reportOf({ options, ledger, recoveries, rig, unsettled })
  if (!isToBeKept) await rig.discard()
  return { report, findings: ledger.findings, keptDataDir: isToBeKept ? dataDir : null }
}

class Audit {
  readonly recoveries = new Recoveries()
  readonly ledger = new Ledger(new Findings())
  readonly rig: Rig
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
    const { seed, drivers, nodes } = options
    const runId = `aud_${seed}_${Date.now().toString(36)}`
    const token = `audit-key-${runId}`
    const targets = new Targets()
    const rigOptions = { dataDir, token, plan: options, targets }
    const rig = nodes === 1 ? new EmbeddedRig(rigOptions) : new ClusterRig({ ...rigOptions, nodes })
    this.rig = rig
    this.#world = new World({
      seed,
      runId,
      token,
      ledger: this.ledger,
      targets,
      onCommand: (orderId, sentAtMs) => rig.commandAcked(orderId, sentAtMs),
    })
    this.#fleet = new Fleet(this.#world, drivers)
    const ordersPerS = drivers * ORDERS_PER_DRIVER_AND_S
    this.#customers = new Customers({ world: this.#world, ordersPerS, placeOf: placeIn })
  }

  async rounds(): Promise<void> {
    await this.rig.start()
    await within(RECOVERY_MAX_MS, 'the registration of drivers', this.#fleet.start())
    this.#customers.start()
    this.#world.start(dispatch(this.#world, this.#fleet))
    new BookedAhead({ world: this.#world, fleet: this.#fleet, placeOf: placeIn }).start()
    for (const [index, round] of this.rig.rounds().entries()) {
      await Bun.sleep(round.loadMs)
      await this.#survive(round.fault, round.prepare())
      const struckAtMs = performance.now()
      await this.#survive(round.fault, round.strike())
      const again = this.#customers.recovered()
      await within(RECOVERY_MAX_MS, `a booking after the fault "${round.fault}"`, again)
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
    await this.rig.stop()
  }

  /** Leaves no process behind; the data stays. */
  async abandon(): Promise<void> {
    this.#fleet.stopReporting()
    this.#fleet.close()
    this.#world.phase = 'over'
    await this.rig.close()
  }

  /** The nodes are gone: only the record speaks. */
  async compare(): Promise<void> {
    this.#progress('comparing with the record')
    try {
      await this.rig.readRecord(sql => checkRecord(sql, this.ledger, this.#world.runId))
    } finally {
      await this.rig.close()
    }
  }

  async #survive(fault: string, work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      if (!(cause instanceof NodeStartError || cause instanceof NoRestError)) throw cause
      throw new NotRecoveredError(`at the fault "${fault}" ${cause.message}; see ${this.rig.logs}`, { cause })
    }
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
