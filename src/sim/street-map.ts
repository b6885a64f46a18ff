import type { LatLng } from '../domain/geo.ts'
import type { City } from './city.ts'
import { type Point, type Streets, toLatLng } from './streets.ts'

/** The streets and the river of a city as GeoJSON, for whoever draws a map of it. `kind`: street, avenue, bridge, water. */
export function streetMap({ streets }: City): object {
  const features = [
    feature(streets, 'water', 'Polygon', [
      { x: -streets.halfM, y: streets.riverSouthM },
      { x: streets.halfM, y: streets.riverSouthM },
      { x: streets.halfM, y: streets.riverNorthM },
      { x: -streets.halfM, y: streets.riverNorthM },
      { x: -streets.halfM, y: streets.riverSouthM },
    ]),
    ...grid(streets),
    ...avenue(streets).map(line => feature(streets, 'avenue', 'LineString', line)),
    ...streets.bridgesM.map(x =>
      feature(streets, 'bridge', 'LineString', [
        { x, y: streets.riverSouthM },
        { x, y: streets.riverNorthM },
      ]),
    ),
  ]
  return { type: 'FeatureCollection', features }
}

function grid(streets: Streets): object[] {
  const { halfM, blockM, riverSouthM, riverNorthM } = streets
  const lines: Point[][] = []
  for (let at = -halfM; at <= halfM; at += blockM) {
    lines.push(
      [
        { x: at, y: -halfM },
        { x: at, y: riverSouthM },
      ],
      [
        { x: at, y: riverNorthM },
        { x: at, y: halfM },
      ],
    )
    if (at <= riverSouthM || at >= riverNorthM)
      lines.push([
        { x: -halfM, y: at },
        { x: halfM, y: at },
      ])
  }
  return lines.map(line => feature(streets, 'street', 'LineString', line))
}

/** Y = x + diagonalM within the city, without the part in the river. */
function avenue({ halfM, diagonalM, riverSouthM, riverNorthM }: Streets): Point[][] {
  const at = (y: number): Point => ({ x: y - diagonalM, y })
  const [south, north] = [Math.max(-halfM, diagonalM - halfM), Math.min(halfM, diagonalM + halfM)]
  const parts = [
    [south, Math.min(north, riverSouthM)],
    [Math.max(south, riverNorthM), north],
  ] as const
  return parts.filter(([from, to]) => from < to).map(([from, to]) => [at(from), at(to)])
}

function feature(streets: Streets, kind: string, type: 'LineString' | 'Polygon', points: readonly Point[]): object {
  const line = points.map(point => position(toLatLng(streets, point)))
  return { type: 'Feature', properties: { kind }, geometry: { type, coordinates: type === 'Polygon' ? [line] : line } }
}

/** To a centimetre: the rest is a third of the file. */
function position({ longitude, latitude }: LatLng): [number, number] {
  return [Number(longitude.toFixed(7)), Number(latitude.toFixed(7))]
}
