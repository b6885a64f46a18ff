/**
 * How long our own part of a frame took on the page's thread: taking batches in, panels, what is done each second, and preparing what is
 * drawn. The map library and the renderer are not ours.
 */
const KEPT = 600

const PARTS = ['batch', 'panels', 'second', 'draw'] as const
type Part = (typeof PARTS)[number]

export interface FrameFigures {
  readonly frames: number
  readonly medianMs: number
  readonly p95Ms: number
  /** The 95th percentile of each part by itself. */
  readonly parts: Readonly<Record<Part, number>>
}

export class FrameTimes {
  #now = nothing()
  readonly #kept: Readonly<Record<Part, number>>[] = []
  #next = 0

  /** What runs between two frames counts for the next one. */
  timed(part: Part, run: () => void): void {
    const startedAtMs = performance.now()
    run()
    this.#now[part] += performance.now() - startedAtMs
  }

  /** @param drawMs  without the call that the renderer carries out. */
  frame(drawMs: number): void {
    this.#now.draw += drawMs
    this.#kept[this.#next] = this.#now
    this.#now = nothing()
    this.#next = (this.#next + 1) % KEPT
  }

  forget(): void {
    this.#kept.length = 0
    this.#next = 0
  }

  get figures(): FrameFigures {
    const wholes = this.#kept.map(frame => PARTS.reduce((sum, part) => sum + frame[part], 0))
    const partOf = (part: Part) =>
      at(
        this.#kept.map(frame => frame[part]),
        0.95,
      )
    return {
      frames: wholes.length,
      medianMs: at(wholes, 0.5),
      p95Ms: at(wholes, 0.95),
      parts: { batch: partOf('batch'), panels: partOf('panels'), second: partOf('second'), draw: partOf('draw') },
    }
  }
}

function nothing(): Record<Part, number> {
  return { batch: 0, panels: 0, second: 0, draw: 0 }
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 10) / 10
}
