/** Where orders may begin and end: in any service area, or anywhere while there is none. */
import type { ZoneWatch } from '../actors/runtime/zone-watch.ts'
import type { LatLng } from '../domain/geo.ts'
import { type FieldError, Refusal } from './problem.ts'

interface Trip {
  readonly pickup: LatLng
  readonly dropoff: LatLng
}

/** @throws {Refusal} `outside_service_area`, naming the ends that are. @throws {StoreUnavailableError} where no zones are known yet. */
export async function checkServed(zones: ZoneWatch, trip: Trip): Promise<void> {
  if (!zones.isLoaded) await zones.refresh()
  const errors = (['pickup', 'dropoff'] as const).flatMap((end): FieldError[] =>
    isServed(zones, trip[end]) ? [] : [{ path: `/${end}`, message: 'Outside of every service area' }],
  )
  const [first] = errors
  if (first === undefined) return
  throw new Refusal(
    'outside_service_area',
    `${errors.map(({ path }) => path).join(', ')}: outside of every service area.`,
    {
      errors,
    },
  )
}

function isServed({ index }: ZoneWatch, place: LatLng): boolean {
  return index.count('service_area') === 0 || index.at(place).some(zone => zone.kind === 'service_area')
}
