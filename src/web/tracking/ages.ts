/** How old what is shown is. Pure. */
import type { Fix } from './tracked.ts'

/** Phones on the road say where they are every few seconds: after this the courier is drawn as old, with its age. */
const OLD_AFTER_MS = 30_000

export type Age =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'old'; readonly count: number; readonly unit: 'second' | 'minute' | 'hour' }

/** Coarser the older: nobody reads the seconds of an hour. */
export function ageOf(fix: Pick<Fix, 'seenAtMs'>, nowMs: number): Age {
  const ageS = Math.floor((nowMs - fix.seenAtMs) / 1_000)
  if (ageS * 1_000 < OLD_AFTER_MS) return { kind: 'fresh' }
  if (ageS < 120) return { kind: 'old', count: ageS - (ageS % 10), unit: 'second' }
  if (ageS < 7_200) return { kind: 'old', count: Math.floor(ageS / 60), unit: 'minute' }
  return { kind: 'old', count: Math.floor(ageS / 3_600), unit: 'hour' }
}
