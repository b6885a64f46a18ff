/** How often what a gateway has under way was sent more than once, and why; and how much of it was ever answered. */
import type { DeliveryFigures, SentAgain } from '../actors/node-figures.ts'

export class Delivery {
  readonly #sentAgain: Record<SentAgain, number> = { moved: 0, nobody: 0, reopened: 0, silence: 0 }
  #sent = 0
  #answered = 0
  #lateAnswers = 0

  /** A try is under way. */
  sent(): void {
    this.#sent++
  }

  /** Some try is not under way any more: it was answered, or has met nobody. */
  answered(): void {
    this.#answered++
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
      sent: this.#sent,
      answered: this.#answered,
    }
  }
}
