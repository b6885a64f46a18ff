/**
 * The rulesets in force, as this node knows them: read again every few seconds, so that a new one counts within seconds
 * everywhere. A ruleset never changes, so a fare that is just being computed is right whatever comes meanwhile.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { CellId, UnixMs } from '../domain/ids.ts'
import { type PublishedRuleset, rulesetInForce } from '../domain/pricing/in-force.ts'

const FRESH_MS = 2_000
/** While the record is down the last known ones go on; quotes are stored, so none is promised then anyway. */
const STALE_MAX_MS = 600_000
const WAIT_MAX_MS = 500
const FIRST_WAIT_MAX_MS = 3_000
/** The record's own limits end a read before twice this, so two are under way at most; and a record that is back is found within this. */
const READ_ALONE_MS = 3_000

export class RulesetBook {
  readonly #clock: Clock
  readonly #read: (atMs: UnixMs) => Promise<readonly PublishedRuleset[]>
  #known: { readonly rulesets: readonly PublishedRuleset[]; readonly readAtMs: UnixMs } | null = null
  #reading: Promise<void> | null = null
  /** Rises with each that is made here. */
  #made = 0

  /** @param read  all that are valid at that time. */
  constructor(clock: Clock, read: (atMs: UnixMs) => Promise<readonly PublishedRuleset[]>) {
    this.#clock = clock
    this.#read = read
  }

  /** @returns null where none is in force. @throws {StoreUnavailableError} where none are known and the record does not answer. */
  async inForce(area: CellId): Promise<PublishedRuleset | null> {
    const nowMs = this.#clock.nowMs()
    if (!this.#known || nowMs - this.#known.readAtMs > FRESH_MS) await this.#refresh(nowMs)
    return rulesetInForce(this.#known?.rulesets ?? [], area, this.#clock.nowMs())
  }

  /** One was made here: it counts at once. A read that is under way may have missed it. */
  outdated(): void {
    this.#made++
    this.#reading = null
    if (this.#known) this.#known = { ...this.#known, readAtMs: Number.NEGATIVE_INFINITY }
  }

  /** A record that is silent must not hold up who asks for a price: what is known goes on, or it is said that nothing is. */
  async #refresh(nowMs: UnixMs): Promise<void> {
    const before = this.#known
    const isUsable = before !== null && nowMs - before.readAtMs <= STALE_MAX_MS
    try {
      await this.#inTime(this.#underWay(nowMs), isUsable ? WAIT_MAX_MS : FIRST_WAIT_MAX_MS)
    } catch (error) {
      if (!isUsable) throw error
    }
  }

  /**
   * One read for all who ask while it is under way, or each of them would ask a silent record anew. Not for ever: it may be lost with its
   * connection where the record is back on another.
   */
  #underWay(nowMs: UnixMs): Promise<void> {
    if (this.#reading !== null) return this.#reading
    const over = () => {
      if (this.#reading === reading) this.#reading = null
    }
    const cancel = this.#clock.after(READ_ALONE_MS, over)
    const reading = this.#readAgain(nowMs).finally(() => {
      cancel()
      over()
    })
    this.#reading = reading
    return reading
  }

  /** @throws {StoreUnavailableError} where there is no answer by then. */
  #inTime(reading: Promise<void>, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(waitMs, () => reject(new StoreUnavailableError('The record is silent')))
      reading.then(resolve, reject).finally(cancel)
    })
  }

  async #readAgain(nowMs: UnixMs): Promise<void> {
    const made = this.#made
    const rulesets = await this.#read(nowMs)
    const readAtMs = made === this.#made ? nowMs : Number.NEGATIVE_INFINITY
    // A read that began before one that has answered knows nothing new.
    if (this.#known === null || readAtMs >= this.#known.readAtMs) this.#known = { rulesets, readAtMs }
  }
}
