import type { LatLng } from '../domain/geo.ts'

/** Reading recorded days: trips (who wanted to go where) and traces (where vehicles were). Times are Unix seconds. */
export interface RecordedTrip {
  readonly ts: number
  readonly pickup: LatLng
  readonly dropoff: LatLng
  /** Of deliveries: nothing to pick up before. */
  readonly readyTs?: number
}

export interface RecordedFix {
  readonly vehicleId: string
  readonly ts: number
  readonly place: LatLng
}

export type Recording =
  | { readonly kind: 'trips'; readonly trips: readonly RecordedTrip[] }
  | { readonly kind: 'traces'; readonly fixes: readonly RecordedFix[] }

export interface Period {
  readonly fromTs: number
  /** Exclusive. */
  readonly toTs: number
}

/** The file cannot be replayed; the message says which line and why. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

const BYTES_MAX = 512 * 1024 * 1024
const NAMES = {
  tripTime: ['request_ts', 'placed_ts'],
  pickup: ['pickup_lat', 'pickup_lng'],
  dropoff: ['dropoff_lat', 'dropoff_lng'],
  ready: 'ready_ts',
  trace: ['vehicle_id', 'ts', 'lat', 'lng'],
} as const

/** Which of the two a file holds, from its first line alone. @throws {RecordingError} it cannot be read. */
export async function recordingKind(path: string): Promise<Recording['kind']> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new RecordingError(`there is no file ${path}`)
  const zipped = isGzip(new Uint8Array(await file.slice(0, 2).arrayBuffer()))
  const stream = zipped ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()
  const reader = stream.getReader()
  try {
    const { value } = await reader.read()
    const [head] = new TextDecoder().decode(value ?? new Uint8Array()).split('\n')
    return parseRecording(path, head ?? '', { fromTs: 0, toTs: 0 }).kind
  } catch (cause) {
    if (cause instanceof RecordingError) throw cause
    throw new RecordingError(`${path} is not a whole gzip file`, { cause })
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** @throws {RecordingError} the file is missing, too large, or not of one of the two shapes. */
export async function readRecording(path: string, period: Period): Promise<Recording> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new RecordingError(`there is no file ${path}`)
  if (file.size > BYTES_MAX) throw new RecordingError(`${path} is larger than ${BYTES_MAX} bytes`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  return parseRecording(path, isGzip(bytes) ? gunzip(path, bytes) : new TextDecoder().decode(bytes), period)
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function gunzip(path: string, bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder().decode(Bun.gunzipSync(bytes))
  } catch (cause) {
    throw new RecordingError(`${path} is not a whole gzip file`, { cause })
  }
}

/** Which of the two it is shows in its header. Rows outside the period are left out, the rest is sorted by time. */
export function parseRecording(name: string, text: string, period: Period): Recording {
  const table = parseTable(name, text)
  const tripTime = NAMES.tripTime.find(column => table.columns.has(column))
  if (tripTime !== undefined) return { kind: 'trips', trips: inPeriod(parseTrips(table, tripTime), period) }
  if (NAMES.trace.every(column => table.columns.has(column))) {
    return { kind: 'traces', fixes: inPeriod(parseFixes(table), period) }
  }
  throw new RecordingError(`${name} is neither trips (request_ts,pickup_lat,…) nor traces (vehicle_id,ts,lat,lng)`)
}

interface Table {
  readonly name: string
  readonly columns: ReadonlyMap<string, number>
  readonly rows: readonly string[][]
}

function parseTable(name: string, text: string): Table {
  const [head, ...lines] = text.trim().split(/\r?\n/)
  const columns = new Map((head ?? '').split(',').map((column, i) => [column.trim(), i]))
  return { name, columns, rows: lines.map(line => line.split(',')) }
}

function parseTrips(table: Table, timeColumn: string): RecordedTrip[] {
  return table.rows.map((row, i) => ({
    ts: numberAt(table, row, i, timeColumn),
    pickup: placeAt(table, row, i, NAMES.pickup),
    dropoff: placeAt(table, row, i, NAMES.dropoff),
    ...(table.columns.has(NAMES.ready) ? { readyTs: numberAt(table, row, i, NAMES.ready) } : {}),
  }))
}

function parseFixes(table: Table): RecordedFix[] {
  return table.rows.map((row, i) => ({
    vehicleId: cellAt(table, row, i, 'vehicle_id'),
    ts: numberAt(table, row, i, 'ts'),
    place: placeAt(table, row, i, ['lat', 'lng']),
  }))
}

function placeAt(table: Table, row: string[], i: number, [lat, lng]: readonly [string, string]): LatLng {
  return { latitude: numberAt(table, row, i, lat), longitude: numberAt(table, row, i, lng) }
}

function numberAt(table: Table, row: string[], i: number, column: string): number {
  const text = cellAt(table, row, i, column)
  const value = Number(text)
  if (text === '' || !Number.isFinite(value)) throw badCell(table, i, column, `"${text}" is no number`)
  return value
}

function cellAt(table: Table, row: string[], i: number, column: string): string {
  const at = table.columns.get(column)
  const cell = at === undefined ? undefined : row[at]
  if (cell === undefined) throw badCell(table, i, column, 'it is missing')
  return cell.trim()
}

function badCell(table: Table, i: number, column: string, why: string): RecordingError {
  // The header is line 1 and the first row line 2, as an editor counts.
  return new RecordingError(`${table.name}, line ${i + 2}, ${column}: ${why}`)
}

function inPeriod<Row extends { readonly ts: number }>(rows: Row[], period: Period): Row[] {
  return rows.filter(row => row.ts >= period.fromTs && row.ts < period.toTs).sort((a, b) => a.ts - b.ts)
}
