/** At which sizes cells are watched now: a position is looked up in the cells of these sizes only. */
export class CellResolutions {
  readonly #topicsBy = new Map<number, number>()
  #watched: readonly number[] = []

  get watched(): readonly number[] {
    return this.#watched
  }

  add(resolution: number): void {
    this.#topicsBy.set(resolution, (this.#topicsBy.get(resolution) ?? 0) + 1)
    this.#watched = [...this.#topicsBy.keys()]
  }

  remove(resolution: number): void {
    const left = (this.#topicsBy.get(resolution) ?? 0) - 1
    if (left > 0) this.#topicsBy.set(resolution, left)
    else this.#topicsBy.delete(resolution)
    this.#watched = [...this.#topicsBy.keys()]
  }
}
