/** What would be lost with everything that is kept here: it is asked before. */
import type { CourierState } from './core/state.ts'
import { keptWork } from './keep.ts'
import { PositionStore } from './position-store.ts'

export interface Unsaid {
  readonly positions: number
  readonly steps: number
  readonly jobs: number
}

/** What a page at work knows by itself, since some browsers keep nothing. */
export interface AtWork {
  readonly state: CourierState
  readonly waiting: number
}

/** @returns null where nothing would be lost. */
export async function unsaidOf(driverId: string, atWork: AtWork | null): Promise<Unsaid | null> {
  // Another tab may be the one that works: what is kept is newer than what this one knows.
  const state = keptWork(driverId) ?? atWork?.state ?? null
  const kept = await PositionStore.count().catch(() => 0)
  const unsaid = {
    positions: Math.max(kept, atWork?.waiting ?? 0),
    steps: state?.errands.length ?? 0,
    jobs: state?.jobs.length ?? 0,
  }
  return Object.values(unsaid).some(count => count > 0) ? unsaid : null
}
