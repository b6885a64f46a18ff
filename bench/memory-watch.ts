/** What a process holds in memory, looked at again and again: whether it is bounded shows only over time. */
import { residentMb } from './ingest/processes.ts'

export interface MemorySample {
  readonly atMs: number
  readonly mb: number
}

const EVERY_MS = 500

export class MemoryWatch {
  readonly samples: MemorySample[] = []
  readonly #pid: number | null
  #timer: Timer | null = null

  /** @param pid  null: of a process that cannot be seen; then there are no samples. */
  constructor(pid: number | null) {
    this.#pid = pid
  }

  start(): void {
    this.#look()
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #look(): void {
    const mb = this.#pid === null ? null : residentMb(this.#pid)
    if (mb !== null) this.samples.push({ atMs: performance.now(), mb })
  }
}

/** @returns the mean of the samples between two parts of the time that they cover (0 to 1); null where there are none. */
export function meanMbOf(samples: readonly MemorySample[], fromPart: number, toPart: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return null
  const at = (part: number): number => first.atMs + part * (last.atMs - first.atMs)
  const some = samples.filter(({ atMs }) => atMs >= at(fromPart) && atMs <= at(toPart))
  return some.length === 0 ? null : some.reduce((sum, { mb }) => sum + mb, 0) / some.length
}

export function mostMbOf(samples: readonly MemorySample[]): number | null {
  return samples.length === 0 ? null : Math.max(...samples.map(({ mb }) => mb))
}
