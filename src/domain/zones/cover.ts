/**
 * The cells of a zone. Whoever is in an *inner* cell is in the zone, and nothing more need be asked; in an *edge* cell the
 * area has the last word; in any other cell nobody is in the zone.
 *
 * Found from coarse to fine: a cell that the border does not come near is inner or none at its own size, so the cover of
 * a country is a few large cells and many small ones along its border. A cell stands for its descendants, which reach
 * a little beyond it: that, and the flat measure, are within the margin by which the border must stay away.
 */
import type { LatLng } from '../geo.ts'
import { averageEdgeM, cellAt, centreOf, childrenOf, disk, INDEX_RES } from '../h3.ts'
import type { CellId } from '../ids.ts'
import { contains, edgeDistanceM, type Shape } from './shape.ts'

export interface Cover {
  readonly inner: readonly CellId[]
  readonly edge: readonly CellId[]
}

/** The finest cells of a cover: those of the indexes, which every driver's position is in already. */
export const COVER_RES_MAX = INDEX_RES
const COVER_RES_MIN = 2
/** From the centre of a cell to the farthest point of its descendants, over the mean edge: measured 1.133, and a margin. */
const CELL_REACH = 1.25
/** Rings around the middle of a zone that are looked at first. */
const RINGS_MAX = 5
/** Along its border; beyond it the border stays in coarser cells, where more positions are looked at by the area itself. */
const EDGE_CELLS_MAX = 500

/** Part by part, since the parts of a zone may lie on either side of the Earth. */
export function coverOf({ parts }: Shape): Cover {
  const covers = parts.map(part => coverOfPart({ box: part.box, parts: [part] }))
  const [first] = covers
  if (first && covers.length === 1) return first
  return { inner: unique(covers.flatMap(cover => cover.inner)), edge: unique(covers.flatMap(cover => cover.edge)) }
}

function unique(cells: readonly CellId[]): CellId[] {
  return [...new Set(cells)]
}

function coverOfPart(shape: Shape): Cover {
  const inner: CellId[] = []
  let { res, cells } = firstCells(shape)
  for (;;) {
    const edge: CellId[] = []
    for (const cell of cells) {
      const centre = besideZone(centreOf(cell), shape)
      if (edgeDistanceM(shape, centre) <= edgeM(res) * CELL_REACH) edge.push(cell)
      else if (contains(shape, centre)) inner.push(cell)
    }
    if (res === COVER_RES_MAX || edge.length > EDGE_CELLS_MAX) return { inner, edge }
    cells = edge.flatMap(childrenOf)
    res++
  }
}

/** A cell at the 180th meridian may have its centre beyond it: there the flat measure would go round the Earth. */
function besideZone(centre: LatLng, { box }: Shape): LatLng {
  const away = centre.longitude - (box.west + box.east) / 2
  return Math.abs(away) <= 180 ? centre : { ...centre, longitude: centre.longitude - Math.sign(away) * 360 }
}

/** All that the zone may lie in, as fine as makes them few. */
function firstCells({ box }: Shape): { res: number; cells: CellId[] } {
  const middle = { latitude: (box.south + box.north) / 2, longitude: (box.west + box.east) / 2 }
  const halfM = halfDiagonalM(box)
  for (let res = COVER_RES_MAX; ; res--) {
    // Rings are at least an edge apart, whatever the direction; the middle is not in the middle of its cell.
    const rings = Math.ceil(halfM / edgeM(res)) + 1
    if (rings <= RINGS_MAX || res === COVER_RES_MIN) return { res, cells: disk(cellAt(middle, res), rings) }
  }
}

/** Asked for every cell that is looked at; the library takes a microsecond to say it. */
const EDGES_M = Array.from({ length: COVER_RES_MAX + 1 }, (_, res) => averageEdgeM(res))

function edgeM(res: number): number {
  return EDGES_M[res] ?? averageEdgeM(res)
}

const METRES_PER_DEGREE = 111_195.08

/** Where a degree of longitude is longest. */
function halfDiagonalM({ west, south, east, north }: Shape['box']): number {
  const widest = south < 0 && north > 0 ? 1 : Math.cos((Math.min(Math.abs(south), Math.abs(north)) * Math.PI) / 180)
  return (Math.hypot((east - west) * widest, north - south) / 2) * METRES_PER_DEGREE
}
