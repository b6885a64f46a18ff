/**
 * Compacts the history while it grows: each lane of the tail whose oldest position is old enough, or that holds enough. Every node
 * looks each second, and where another is at it leaves it to that.
 */
import type { Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { compactLane, POSITIONS_PER_STEP } from './compact-positions.ts'
import { LANES } from './position-lanes.ts'
import { disconnect, type Sql } from './postgres.ts'

const EVERY_MS = 1_000
const RETRY_MS = 5_000
/** As long as a lane took, so often: commits have the server in between. Where a lane has grown far beyond its due there is no pause. */
const PAUSES_PER_LANE = 3
const PAUSE_MAX_MS = 500
const FAR_BEYOND = 2
/** Rows of the tail that were taken out, until their room is used again. */
const VACUUM_ROWS = 5_000

/** A lane takes a tenth of a second, and more on a machine that is busy; its arrays stay in memory. */
export const COMPACTION_SESSION = { max: 1, statementTimeoutMs: 30_000, settings: { work_mem: '64MB' } } as const

export interface CompactionLimits {
  /** So old the oldest position of a lane may become: long enough for runs that are worth it where a vehicle is heard of every few seconds. */
  readonly ageMaxMs: number
  /** Or so many positions may wait in a lane: who looks for one driver reads past all of them, which takes some milliseconds. */
  readonly positionsMax: number
}

export const COMPACTION_LIMITS: CompactionLimits = { ageMaxMs: 60_000, positionsMax: 128_000 }

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

interface LaneOfTail {
  readonly lane: number
  readonly positions: number
  readonly ageMs: number
}

class Keeper implements Compaction {
  readonly #parts: Compacting
  readonly #limits: CompactionLimits
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
    const lanes = await lanesOf(sql)
    this.#tail = {
      positions: lanes.reduce((sum, { positions }) => sum + positions, 0),
      oldestMs: this.#parts.clock.nowMs() - Math.max(0, ...lanes.map(({ ageMs }) => ageMs)),
    }
    const failures: unknown[] = []
    for (const lane of lanes) {
      if (this.#isStopped || this.#due(lane) < 1) continue
      try {
        if (!(await this.#compact(sql, lane))) break
      } catch (error) {
        failures.push(error)
      }
    }
    await this.#vacuum(sql)
    if (failures.length > 0) throw failures[0]
  }

  /**
   * From 1 on its turn has come. They grow at the same pace, and must not all come at the same time: the first of them come
   * when they have half of what the last may have.
   */
  #due({ lane, positions, ageMs }: LaneOfTail): number {
    const part = (1 + lane / LANES) / 2
    return Math.max(positions / this.#limits.positionsMax, ageMs / this.#limits.ageMaxMs) / part
  }

  /** @returns false where another session is at it. */
  async #compact(sql: Sql, due: LaneOfTail): Promise<boolean> {
    for (let isWhole = false; !isWhole && !this.#isStopped; ) {
      const beganMs = this.#parts.clock.nowMs()
      const compacted = await compactLane(sql, due.lane)
      if (compacted === null) return false
      this.#positions += compacted.positions
      this.#runs += compacted.runs
      this.#toVacuum += compacted.rows
      isWhole = compacted.positions < POSITIONS_PER_STEP
      const tookMs = this.#parts.clock.nowMs() - beganMs
      if (this.#due(due) < FAR_BEYOND) await this.#pause(Math.min(PAUSE_MAX_MS, tookMs * PAUSES_PER_LANE))
    }
    return true
  }

  /** Passed over where somebody else is at it. */
  async #vacuum(sql: Sql): Promise<void> {
    if (this.#toVacuum < VACUUM_ROWS) return
    this.#toVacuum = 0
    await sql`vacuum (skip_locked, truncate false) position_tail`
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

async function lanesOf(sql: Sql): Promise<readonly LaneOfTail[]> {
  return sql<LaneOfTail[]>`
    select lane, sum(points)::int as positions, (extract(epoch from clock_timestamp() - min(stored_at)) * 1000)::float8 as "ageMs"
    from position_tail group by lane order by "ageMs" desc`
}
