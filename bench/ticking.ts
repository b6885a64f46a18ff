import { Ticker } from '../src/sim/ticker.ts'

/** Ticks until a tick says that it was the last. @throws what a tick throws: that was the last, too. */
export function ticksUntilOver(stepMs: number, tick: () => 'goes_on' | 'over'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const ticker = new Ticker(stepMs, () => {
    try {
      if (tick() === 'goes_on') return
      resolve()
    } catch (error) {
      reject(error)
    }
    ticker.stop()
  })
  ticker.start()
  return promise
}
