import type { Position, ZoneGeometry } from '../../shared/manage.ts'

function ringsOf({ type, coordinates }: ZoneGeometry): readonly (readonly Position[])[] {
  return type === 'Polygon' ? coordinates : coordinates.flat()
}

export function placesOf(geometry: ZoneGeometry): { readonly longitude: number; readonly latitude: number }[] {
  return ringsOf(geometry)
    .flat()
    .map(([longitude, latitude]) => ({ longitude, latitude }))
}

/** @returns the one ring of a zone that has no holes and no further parts; null where it is more than corners can say. */
export function onlyRing(geometry: ZoneGeometry): readonly Position[] | null {
  const rings = ringsOf(geometry)
  return rings.length === 1 ? (rings[0] ?? null) : null
}
