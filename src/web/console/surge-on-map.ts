/** Surge of the cells in view, by turns. The library that knows cells is fetched when the map has come to rest: nobody waits for it. */
import type { FleetMap } from '../map/fleet-map.ts'
import { ApiError } from '../shared/api.ts'
import { call } from './session.ts'

const FIRST_MS = 1_500
const EVERY_MS = 10_000
/** Cells are coloured all; words are for the dearest. */
const LABELS_MAX = 24
const LABELLED_FROM = 1.1

interface Surge {
  readonly cells: readonly { readonly cell: string; readonly multiplier: number }[]
}

/** @returns what ends it. */
export function showSurgeOn(map: FleetMap): () => void {
  let isOver = false
  let timer = setTimeout(turn, FIRST_MS)
  async function turn(): Promise<void> {
    await draw(map)
    if (!isOver) timer = setTimeout(turn, EVERY_MS)
  }
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

async function draw(map: FleetMap): Promise<void> {
  const { cellShapes, cellsIn, middleOf } = await import('../map/cells.ts')
  const wanted = map.hasCells ? cellsIn(map.bounds) : []
  const cells = wanted.length === 0 ? [] : await surgeOf(wanted)
  const dear = cells.filter(({ multiplier }) => multiplier >= LABELLED_FROM)
  const labels = dear
    .toSorted((a, b) => b.multiplier - a.multiplier)
    .slice(0, LABELS_MAX)
    .map(({ cell, multiplier }) => ({ cell, text: `× ${multiplier.toFixed(1)}`, at: middleOf(cell) }))
  map.showSurge(cellShapes(cells), labels)
}

/** None where the node does not answer, which is told elsewhere and is no reason to stop the map. */
async function surgeOf(cells: readonly string[]): Promise<Surge['cells']> {
  try {
    return (await call<Surge>(`/v1/surge?cells=${cells.join(',')}`)).cells
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}
