/** How long our own part of a frame took on the page's thread: taking batches in, and preparing what is drawn. */
const KEPT = 600

export class FrameTimes {
  #sinceLastMs = 0
  readonly #kept: number[] = []
  #next = 0

  /** Work between two frames counts for the next one. */
  work(ms: number): void {
    this.#sinceLastMs += ms
  }

  frame(ms: number): void {
    this.#kept[this.#next] = this.#sinceLastMs + ms
    this.#sinceLastMs = 0
    this.#next = (this.#next + 1) % KEPT
  }

  get figures(): { frames: number; medianMs: number; p95Ms: number } {
    const sorted = [...this.#kept].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { frames: sorted.length, medianMs: at(0.5), p95Ms: at(0.95) }
  }
}
