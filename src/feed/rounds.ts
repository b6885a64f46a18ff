/**
 * Work that is done in rounds: one after another, never two at once, some time apart; when there is nothing to do, until somebody
 * says that there is. A hint during a round is not lost: another one follows.
 */
import type { Cancel, Clock } from '../actors/runtime/ports.ts'

/** Between two rounds. */
export interface Pause {
  /** Whatever is hinted meanwhile. */
  readonly restMs: number
  /** And then for so long at most, unless something was hinted since the round began. */
  readonly idleMs: number
}

export class Rounds {
  readonly #clock: Clock
  readonly #round: () => Promise<Pause>
  #running: Promise<void> | null = null
  #isStopped = false
  #isHinted = false
  #wake: () => void = () => {}

  /** @param round  throws nothing. */
  constructor(clock: Clock, round: () => Promise<Pause>) {
    this.#clock = clock
    this.#round = round
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Cheap; may be called for every commit. */
  hint(): void {
    this.#isHinted = true
    this.#wake()
  }

  /** Ends the round that is under way, and no other begins. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#isHinted = false
      const { restMs, idleMs } = await this.#round()
      await this.#sleep(restMs, () => this.#isStopped)
      await this.#sleep(idleMs, () => this.#isStopped || this.#isHinted)
    }
  }

  async #sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (ms === 0 || isOver()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel: Cancel = this.#clock.after(ms, resolve)
    this.#wake = () => {
      if (!isOver()) return
      cancel()
      resolve()
    }
    await promise
    this.#wake = () => {}
  }
}
