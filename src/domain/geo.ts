/** Plain geometry on the sphere. Coordinates are WGS 84 degrees. */
export interface LatLng {
  readonly latitude: number
  readonly longitude: number
}

export const EARTH_RADIUS_M = 6_371_008.8
export const RADIANS = Math.PI / 180

/** Great-circle distance (haversine), metres. */
export function distanceM(a: LatLng, b: LatLng): number {
  const dLat = (b.latitude - a.latitude) * RADIANS
  const dLng = (b.longitude - a.longitude) * RADIANS
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * Math.sin(dLng / 2) ** 2
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)))
}
