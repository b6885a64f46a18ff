/**
 * One text per cell. The library makes a new one each time, of several pieces: 170 bytes, and a driver on duty keeps five. Whoever
 * asks for the same cell gets the same text here, and comparing two of them is mostly a matter of their addresses.
 */
import type { CellId } from './ids.ts'

/** Cells of a hundred cities. Beyond it texts are kept anew: those that are in use stay, only twice. */
const NAMES_MAX = 250_000

const names = new Map<string, CellId>()

/** @param text  of a cell. */
export function cellNamed(text: string): CellId {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= NAMES_MAX) names.clear()
  const cell = text as CellId
  names.set(text, cell)
  return cell
}
