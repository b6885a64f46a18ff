import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRecording, RecordingError, readRecording } from './replay.ts'

const ever = { fromTs: 0, toTs: Number.POSITIVE_INFINITY }
const TRIPS = `request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng,distance_m
200,37.1,-122.1,37.2,-122.2,3163
100,37.3,-122.3,37.4,-122.4,945
300,37.5,-122.5,37.6,-122.6,1
`

test('trips are sorted by time and cut to the period, its end excluded', () => {
  const recording = parseRecording('trips.csv', TRIPS, { fromTs: 100, toTs: 300 })
  expect(recording).toEqual({
    kind: 'trips',
    trips: [
      { ts: 100, pickup: { latitude: 37.3, longitude: -122.3 }, dropoff: { latitude: 37.4, longitude: -122.4 } },
      { ts: 200, pickup: { latitude: 37.1, longitude: -122.1 }, dropoff: { latitude: 37.2, longitude: -122.2 } },
    ],
  })
})

test('deliveries with placed_ts are trips too, whatever the order of their columns', () => {
  const text = 'order_id,placed_ts,dropoff_lat,dropoff_lng,pickup_lat,pickup_lng\r\n7,5,1,2,3,4\r\n'
  expect(parseRecording('deliveries.csv', text, ever)).toEqual({
    kind: 'trips',
    trips: [{ ts: 5, pickup: { latitude: 3, longitude: 4 }, dropoff: { latitude: 1, longitude: 2 } }],
  })
})

test('traces are read with or without their flag', () => {
  const recording = parseRecording('traces.csv', 'vehicle_id,ts,lat,lng,occupied\nabc,9,37.5,-122.3,1\n', ever)
  expect(recording).toEqual({
    kind: 'traces',
    fixes: [{ vehicleId: 'abc', ts: 9, place: { latitude: 37.5, longitude: -122.3 } }],
  })
})

test('a bad cell is named by line and column, an unknown header by its file', () => {
  const broken = TRIPS.replace('37.3', 'north')
  expect(() => parseRecording('t.csv', broken, ever)).toThrow('t.csv, line 3, pickup_lat: "north" is no number')
  expect(() => parseRecording('t.csv', 'a,b\n1,2\n', ever)).toThrow(RecordingError)
  expect(() => parseRecording('t.csv', 'vehicle_id,ts,lat,lng\nx,1,2\n', ever)).toThrow('line 2, lng: it is missing')
})

test('gzip and plain files read alike, and a cut or missing file is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waggle-replay-'))
  try {
    const [plain, zipped, cut] = ['a.csv', 'a.csv.gz', 'b.csv.gz'].map(name => join(folder, name))
    if (plain === undefined || zipped === undefined || cut === undefined) throw new Error('three names')
    const bytes = Bun.gzipSync(new TextEncoder().encode(TRIPS))
    await Promise.all([Bun.write(plain, TRIPS), Bun.write(zipped, bytes), Bun.write(cut, bytes.subarray(0, 30))])

    expect(await readRecording(zipped, ever)).toEqual(await readRecording(plain, ever))
    expect(readRecording(cut, ever)).rejects.toThrow('not a whole gzip file')
    expect(readRecording(join(folder, 'none.csv'), ever)).rejects.toThrow('there is no file')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
