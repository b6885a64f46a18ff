/** What every policy is given alike: the requests, and where the fleet stands when they begin. */
import type { LatLng } from '../../src/domain/geo.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { type RecordedTrip, RecordingError, readRecording } from '../../src/sim/replay.ts'
import type { DispatchOptions } from './options.ts'

export interface DispatchInput {
  /** By time of request; at least one. */
  readonly trips: readonly RecordedTrip[]
  readonly fleet: readonly LatLng[]
}

/** @throws {RecordingError} a file that cannot be read, or no trip in the period. */
export async function readInput(options: DispatchOptions): Promise<DispatchInput> {
  const { tripsFile, fromTs, toTs, drivers, seed } = options
  const recording = await readRecording(tripsFile, { fromTs, toTs })
  if (recording.kind !== 'trips') throw new RecordingError(`${tripsFile} holds no trips`)
  const { trips } = recording
  if (trips.length === 0) throw new RecordingError(`${tripsFile} has no trips in that period`)
  return { trips, fleet: 'file' in drivers ? await readPlaces(drivers.file) : drawPlaces(trips, drivers.count, seed) }
}

/** Where people are picked up is where drivers wait. Another program with this generator and seed draws the same. */
function drawPlaces(trips: readonly RecordedTrip[], count: number, seed: number): LatLng[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const trip = trips[Math.floor(random() * trips.length)]
    if (trip === undefined) throw new RangeError('a draw outside of the trips')
    return trip.pickup
  })
}

async function readPlaces(path: string): Promise<LatLng[]> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new RecordingError(`there is no file ${path}`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = new TextDecoder().decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? Bun.gunzipSync(bytes) : bytes)
  const [head, ...lines] = text.trim().split(/\r?\n/)
  const columns = (head ?? '').split(',').map(name => name.trim())
  const [lat, lng] = [columns.indexOf('lat'), columns.indexOf('lng')]
  if (lat < 0 || lng < 0 || lines.length === 0) throw new RecordingError(`${path} has no rows with lat and lng`)
  return lines.map((line, i) => {
    const cells = line.split(',')
    const place = { latitude: Number(cells[lat] ?? Number.NaN), longitude: Number(cells[lng] ?? Number.NaN) }
    if (Number.isFinite(place.latitude + place.longitude)) return place
    throw new RecordingError(`${path}, line ${i + 2}: no place`)
  })
}
