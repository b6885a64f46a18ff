/** Price cells of what is in view, as shapes to be drawn. */
import { boundaryOf, cellAt, centreOf, disk, PRICE_RES } from '../../domain/h3.ts'

/** What one question about surge may name. */
const CELLS_MAX = 200
const REACH_MAX = 10

export interface View {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

/** Those in the middle first, where there are too many. */
export function cellsIn({ west, south, east, north }: View): string[] {
  const centre = { latitude: (south + north) / 2, longitude: (west + east) / 2 }
  const all = disk(cellAt(centre, PRICE_RES), REACH_MAX)
  const isSeen = (cell: (typeof all)[number]) => {
    const { latitude, longitude } = centreOf(cell)
    return latitude > south && latitude < north && longitude > west && longitude < east
  }
  return all.filter(isSeen).slice(0, CELLS_MAX)
}

export function cellShapes(
  cells: readonly { readonly cell: string; readonly multiplier: number }[],
): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: cells.map(({ cell, multiplier }) => {
      const corners = boundaryOf(cell as ReturnType<typeof cellAt>).map(c => [c.longitude, c.latitude])
      const [first] = corners
      const ring = first === undefined ? corners : [...corners, first]
      return { type: 'Feature', properties: { multiplier }, geometry: { type: 'Polygon', coordinates: [ring] } }
    }),
  }
}

export function middleOf(cell: string): { latitude: number; longitude: number } {
  return centreOf(cell as ReturnType<typeof cellAt>)
}
