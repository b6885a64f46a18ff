/**
 * The last word on a round: whatever was wished for, no two neighbours differ by more than a step.
 *
 * The wishes are lowered to the highest field below them in which a step to a neighbour is at most `stepPermille` (their
 * lower envelope). Lowered and not raised, because a calm street must not pay for the busy one beside it. If the field
 * of the round before kept the step, and no wish is more than a move below it, then the envelope is not either: that field
 * less a move is itself such a field below the wishes, and the envelope is the highest one. So one rule keeps both promises.
 */
import type { CellId } from '../ids.ts'
import { ringAround } from './neighbourhood.ts'
import { NEUTRAL_PERMILLE } from './surge-round.ts'

export interface Field {
  /** What each cell wishes for; every other cell of the area is neutral and wishes to stay so. */
  readonly wishes: ReadonlyMap<CellId, number>
  readonly stepPermille: number
  readonly isInside: (cell: CellId) => boolean
}

/** @returns for each cell that has a wish, or had to be lowered for a neighbour's sake. */
export function lowered({ wishes, stepPermille, isInside }: Field): Map<CellId, number> {
  const field = new Map(wishes)
  const neighboursOf = neighbours(isInside)
  const queue = new Levels()
  for (const [cell, wish] of wishes) {
    // Cells without a wish are neutral, and everything beside them is near that.
    const isBesideNeutral = neighboursOf(cell).some(near => !wishes.has(near))
    const level = isBesideNeutral ? Math.min(wish, NEUTRAL_PERMILLE + stepPermille) : wish
    field.set(cell, level)
    queue.push(level, cell)
  }
  // From the lowest up: once a cell's turn has come, nothing lowers it any more.
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (field.get(next.cell) !== next.level) continue
    const most = next.level + stepPermille
    for (const near of neighboursOf(next.cell)) {
      if ((field.get(near) ?? NEUTRAL_PERMILLE) <= most) continue
      field.set(near, most)
      queue.push(most, near)
    }
  }
  return field
}

function neighbours(isInside: (cell: CellId) => boolean): (cell: CellId) => readonly CellId[] {
  const known = new Map<CellId, readonly CellId[]>()
  return cell => {
    const found = known.get(cell) ?? ringAround(cell, 1).filter(isInside)
    known.set(cell, found)
    return found
  }
}

/** Cells by level, the lowest first: levels are few, because they lie on a grid. */
class Levels {
  readonly #cells = new Map<number, CellId[]>()

  push(level: number, cell: CellId): void {
    const cells = this.#cells.get(level)
    if (cells) cells.push(cell)
    else this.#cells.set(level, [cell])
  }

  pop(): { level: number; cell: CellId } | null {
    if (this.#cells.size === 0) return null
    const level = Math.min(...this.#cells.keys())
    const cells = this.#cells.get(level) ?? []
    const cell = cells.pop()
    if (cells.length === 0) this.#cells.delete(level)
    return cell === undefined ? null : { level, cell }
  }
}
