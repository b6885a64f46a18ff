import type { Uniform } from '../domain/ids.ts'

/** mulberry32: small, fast, and what the yardstick of dispatch quality draws with, so that both start from the same places. */
export function seededRandom(seed: number): Uniform {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * An independent stream of the same seed. Each actor of a world draws from its own, so what one of them does (which
 * depends on the network) never changes what another decides.
 */
export function randomStream(seed: number, label: string): Uniform {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  // Neighbouring labels give neighbouring hashes: mix, or their first draws are alike.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return seededRandom(hash ^ (hash >>> 16))
}

/** The time to the next event of a Poisson process. */
export function exponential(random: Uniform, mean: number): number {
  return -Math.log(1 - random()) * mean
}

/** A normal deviate (Box-Muller). */
export function gaussian(random: Uniform, mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return mean + deviation * radius * Math.cos(2 * Math.PI * random())
}

/** An index drawn in proportion to its weight; the weights must not all be 0. */
export function weightedIndex(random: Uniform, weights: readonly number[]): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0
    if (left < 0) return i
  }
  return weights.length - 1
}
