import { nowMs } from './clock.ts'

/**
 * The one timer of a world. It wakes on the multiples of its step, on which positions fall due, so that waiting for the
 * tick is not taken for latency of the node.
 */
export class Ticker {
  private timer: Timer | null = null
  private readonly stepMs: number
  private readonly tick: () => void

  constructor(stepMs: number, tick: () => void) {
    this.stepMs = stepMs
    this.tick = tick
  }

  start(): void {
    const now = nowMs()
    const nextMs = (Math.floor(now / this.stepMs) + 1) * this.stepMs
    this.timer = setTimeout(
      () => {
        this.start()
        this.tick()
      },
      Math.ceil(nextMs - now),
    )
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
  }
}
