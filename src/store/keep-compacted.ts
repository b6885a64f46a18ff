/**
 * Compacts the history while it grows: each lane of the tail whose oldest position is old enough, or that holds enough. Every node
 * looks each second, and where another is at it leaves it to that.
 */
import type { Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { compactLane, POSITIONS_PER_STEP } from './compact-positions.ts'
import { LANES } from './position-lanes.ts'
import { disconnect, type Sql } from './postgres.ts'
import { type LaneOfTail, TailLanes } from './tail-lanes.ts'

const EVERY_MS = 1_000
const RETRY_MS = 5_000
/** Between some milliseconds of work: commits have the cores and the log in between. */
const NAP_MS = 5
/** After a lane, as long as it took. */
const PAUSE_MAX_MS = 500
/** A lane that has grown so far beyond its due is compacted without naps and pauses, and one between with shorter ones. */
const FAR_BEYOND = 2
/** Rows of the tail that were taken out, until their room is used again. */
const VACUUM_ROWS = 5_000

/** A lane takes a tenth of a second, and more on a machine that is busy; its arrays stay in memory. */
export const COMPACTION_SESSION = {
  max: 1,
  statementTimeoutMs: 30_000,
  // Its vacuum naps as well, after some twenty pages each.
  settings: { work_mem: '64MB', vacuum_cost_delay: '2ms', vacuum_cost_limit: '400' },
} as const

export interface CompactionLimits {
  /**
   * So old the oldest position of a lane may become. Where a vehicle is heard of every five seconds a minute makes runs of 10
   * positions, which take 76 bytes each, and two minutes runs of 18, which take 62. Four would make it 55, and whoever looks for a driver
   * that is not in the tail reads past all that waits in a lane.
   */
  readonly ageMaxMs: number
  /** Or so many positions may wait in a lane: who looks for one driver reads past all of them, which takes some milliseconds. */
  readonly positionsMax: number
}

export const COMPACTION_LIMITS: CompactionLimits = { ageMaxMs: 120_000, positionsMax: 128_000 }

/**
 * From 1 on a lane's turn has come. They grow at the same pace, and must not all come at the same time: the first of them come
 * when they have half of what the last may have.
 */
export function dueOf({ lane, positions, ageMs }: LaneOfTail, limits: CompactionLimits): number {
  const part = (1 + lane / LANES) / 2
  return Math.max(positions / limits.positionsMax, ageMs / limits.ageMaxMs) / part
}

export interface Compacting {
  /** A client with `max: 1` of its own; called again after a failure. */
  readonly open: () => Sql
  readonly clock: Clock
  readonly limits?: CompactionLimits
  /** Told of a round that failed; the next is some seconds later. */
  readonly onFailure: (error: unknown) => void
}

export interface CompactionFigures {
  /** As it was last seen, and older since; null: not yet. */
  readonly tail: { readonly positions: number; readonly oldestS: number } | null
  readonly positions: number
  readonly runs: number
  readonly failures: number
}

export interface Compaction {
  readonly figures: CompactionFigures
  /** Waits for what is under way, but not long. */
  stop(): Promise<void>
}

export function keepCompacted(parts: Compacting): Compaction {
  const keeper = new Keeper(parts)
  keeper.start()
  return keeper
}

class Keeper implements Compaction {
  readonly #parts: Compacting
  readonly #limits: CompactionLimits
  readonly #lanes = new TailLanes()
  #sql: Sql | null = null
  #tail: { readonly positions: number; readonly oldestMs: UnixMs } | null = null
  #positions = 0
  #runs = 0
  #failures = 0
  #toVacuum = 0
  #isStopped = false
  #underWay: Promise<void> = Promise.resolve()
  #wake = (): void => {}

  constructor(parts: Compacting) {
    this.#parts = parts
    this.#limits = parts.limits ?? COMPACTION_LIMITS
  }

  start(): void {
    this.#underWay = this.#goOn()
  }

  get figures(): CompactionFigures {
    const tail = this.#tail && {
      positions: this.#tail.positions,
      oldestS: (this.#parts.clock.nowMs() - this.#tail.oldestMs) / 1_000,
    }
    return { tail, positions: this.#positions, runs: this.#runs, failures: this.#failures }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wake()
    // Bounds the time for what is under way, also where the server is silent.
    if (this.#sql) await disconnect(this.#sql)
    await this.#underWay
  }

  async #goOn(): Promise<void> {
    while (!this.#isStopped) await this.#pause((await this.#tryRound()) ? EVERY_MS : RETRY_MS)
  }

  async #tryRound(): Promise<boolean> {
    this.#sql ??= this.#parts.open()
    try {
      await this.#round(this.#sql)
      return true
    } catch (error) {
      this.#failures++
      if (!this.#isStopped) this.#parts.onFailure(error)
      await disconnect(this.#sql)
      this.#sql = null
      return false
    }
  }

  /** A lane that cannot be compacted holds up no other. @throws the first failure, once all lanes have had their turn. */
  async #round(sql: Sql): Promise<void> {
    const lanes = await this.#lanes.look(sql)
    this.#tail = {
      positions: lanes.reduce((sum, { positions }) => sum + positions, 0),
      oldestMs: this.#parts.clock.nowMs() - Math.max(0, ...lanes.map(({ ageMs }) => ageMs)),
    }
    const failures: unknown[] = []
    for (const lane of lanes) {
      if (this.#isStopped || dueOf(lane, this.#limits) < 1) continue
      try {
        if (!(await this.#compact(sql, lane))) break
      } catch (error) {
        failures.push(error)
      }
    }
    await this.#vacuum(sql)
    if (failures.length > 0) throw failures[0]
  }

  /** @returns false where another session is at it. */
  async #compact(sql: Sql, due: LaneOfTail): Promise<boolean> {
    const patience = Math.min(1, Math.max(0, FAR_BEYOND - dueOf(due, this.#limits)))
    for (let isWhole = false; !isWhole && !this.#isStopped; ) {
      const beganMs = this.#parts.clock.nowMs()
      const compacted = await compactLane(sql, { lane: due.lane, napMs: NAP_MS * patience })
      if (compacted === null) return false
      this.#positions += compacted.positions
      this.#runs += compacted.runs
      this.#toVacuum += compacted.rows
      isWhole = compacted.positions < POSITIONS_PER_STEP
      const tookMs = this.#parts.clock.nowMs() - beganMs
      await this.#pause(Math.min(PAUSE_MAX_MS, tookMs) * patience)
    }
    return true
  }

  /** Passed over where somebody else is at it. */
  async #vacuum(sql: Sql): Promise<void> {
    if (this.#toVacuum < VACUUM_ROWS) return
    const rows = this.#toVacuum
    await sql`vacuum (skip_locked, truncate false) position_tail`
    this.#toVacuum -= rows
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#isStopped || delayMs <= 0) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.#parts.clock.after(delayMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
