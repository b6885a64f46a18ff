/** What every policy is given alike: the requests, and where the fleet stands when they begin. */
import type { LatLng } from '../../src/domain/geo.ts'
import { cellAt, MATCHING_RES } from '../../src/domain/h3.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { type RecordedTrip, RecordingError, readRecording } from '../../src/sim/replay.ts'
import type { DispatchOptions } from './options.ts'

export interface FleetDriver extends LatLng {
  /** Unix seconds; without limits it is always on duty. */
  readonly onTs: number
  readonly offTs: number
}

export interface DispatchInput {
  /** By time of request; at least one. */
  readonly trips: readonly RecordedTrip[]
  readonly fleet: readonly FleetDriver[]
  /** The largest share of the pickups that one matching cell has. */
  readonly largestCellShare: number
}

const ALWAYS = { onTs: 0, offTs: Number.POSITIVE_INFINITY } as const

/** @throws {RecordingError} a file that cannot be read, or no trip in the period. */
export async function readInput(options: DispatchOptions, seed: number): Promise<DispatchInput> {
  const { tripsFile, fromTs, toTs } = options
  const recording = await readRecording(tripsFile, { fromTs, toTs })
  if (recording.kind !== 'trips') throw new RecordingError(`${tripsFile} holds no trips`)
  const { trips } = recording
  if (trips.length === 0) throw new RecordingError(`${tripsFile} has no trips in that period`)
  const fleet = await fleetOf(options, trips, seed)
  const shift = options.shiftLng === 'border' ? borderShift(trips) : options.shiftLng
  const moved = trips.map(trip => ({ ...trip, pickup: east(trip.pickup, shift), dropoff: east(trip.dropoff, shift) }))
  return {
    trips: moved,
    fleet: fleet.map(driver => ({ ...driver, ...east(driver, shift) })),
    largestCellShare: largestCellShare(trips, shift),
  }
}

async function fleetOf(
  { drivers, couriersFile }: DispatchOptions,
  trips: readonly RecordedTrip[],
  seed: number,
): Promise<FleetDriver[]> {
  if (couriersFile !== null) return readPlaces(couriersFile)
  return 'file' in drivers ? readPlaces(drivers.file) : drawPlaces(trips, drivers.count, seed)
}

/** Where people are picked up is where drivers wait. Another program with this generator and seed draws the same. */
function drawPlaces(trips: readonly RecordedTrip[], count: number, seed: number): FleetDriver[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const trip = trips[Math.floor(random() * trips.length)]
    if (trip === undefined) throw new RangeError('a draw outside of the trips')
    return { ...trip.pickup, ...ALWAYS }
  })
}

async function readPlaces(path: string): Promise<FleetDriver[]> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new RecordingError(`there is no file ${path}`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = new TextDecoder().decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? Bun.gunzipSync(bytes) : bytes)
  const [head, ...lines] = text.trim().split(/\r?\n/)
  const columns = (head ?? '').split(',').map(name => name.trim())
  const [lat, lng, on, off] = ['lat', 'lng', 'on_ts', 'off_ts'].map(name => columns.indexOf(name)) as [
    number,
    number,
    number,
    number,
  ]
  if (lat < 0 || lng < 0 || lines.length === 0) throw new RecordingError(`${path} has no rows with lat and lng`)
  return lines.map((line, i) => {
    const cells = line.split(',')
    const at = (column: number, otherwise: number) => (column < 0 ? otherwise : Number(cells[column] ?? Number.NaN))
    const place = { latitude: at(lat, Number.NaN), longitude: at(lng, Number.NaN) }
    const duty = { onTs: at(on, ALWAYS.onTs), offTs: at(off, ALWAYS.offTs) }
    if (Number.isFinite(place.latitude + place.longitude) && duty.onTs < duty.offTs) return { ...place, ...duty }
    throw new RecordingError(`${path}, line ${i + 2}: no place, or no time on duty`)
  })
}

/** A turn of the globe: nothing of the city changes but where the hexagons' borders fall. */
function east({ latitude, longitude }: LatLng, degrees: number): LatLng {
  const turned = longitude + degrees
  return { latitude, longitude: turned > 180 ? turned - 360 : turned }
}

const SHIFT_STEP_DEG = 0.01
const SHIFT_MAX_DEG = 1.5

function borderShift(trips: readonly RecordedTrip[]): number {
  let best = 0
  let least = 1
  for (let shift = 0; shift < SHIFT_MAX_DEG; shift += SHIFT_STEP_DEG) {
    const largest = largestCellShare(trips, shift)
    if (largest < least) [best, least] = [shift, largest]
  }
  return best
}

function largestCellShare(trips: readonly RecordedTrip[], shift: number): number {
  const counts = new Map<string, number>()
  for (const { pickup } of trips) {
    const cell = cellAt(east(pickup, shift), MATCHING_RES)
    counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  return Math.max(...counts.values()) / trips.length
}
