/**
 * How often what a gateway has under way was sent more than once, and why; and how much of it was ever answered. Each answer is held
 * against the tries of what it answers: where two owners of a shard have answered one try, the second answer is a surplus, and
 * makes up for no other that was lost.
 */
import type { DeliveryFigures, SentAgain } from '../actors/node-figures.ts'

export class Delivery {
  readonly #sentAgain: Record<SentAgain, number> = { moved: 0, nobody: 0, reopened: 0, silence: 0 }
  #sent = 0
  #answered = 0
  #lateAnswers = 0
  #surplusAnswers = 0

  /** A try is under way. */
  sent(): void {
    this.#sent++
  }

  /** Some try is not under way any more: it was answered, or has met nobody. @param wasUnderWay  whether there was one. */
  answered(wasUnderWay: boolean): void {
    if (wasUnderWay) this.#answered++
    else this.#surplusAnswers++
  }

  sentAgain(why: SentAgain): void {
    this.#sentAgain[why]++
  }

  lateAnswer(): void {
    this.#lateAnswers++
  }

  get figures(): DeliveryFigures {
    return {
      sentAgain: { ...this.#sentAgain },
      lateAnswers: this.#lateAnswers,
      surplusAnswers: this.#surplusAnswers,
      sent: this.#sent,
      answered: this.#answered,
    }
  }
}
