/** An hour of a small made-up city, as a trips file: for tests. */
import { seededRandom } from '../../src/sim/random.ts'

const REQUESTS = 300
const FIRST_TS = 1_700_000_000
const SPAN_S = 3_600

export function smallDay(): Uint8Array<ArrayBuffer> {
  const random = seededRandom(42)
  const place = () => `${(37.72 + random() * 0.08).toFixed(5)},${(-122.48 + random() * 0.09).toFixed(5)}`
  const rows = Array.from({ length: REQUESTS }, () => {
    const ts = FIRST_TS + Math.floor(random() * SPAN_S)
    return `${ts},${place()},${place()}`
  })
  const text = ['request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng', ...rows].join('\n')
  return Bun.gzipSync(new TextEncoder().encode(text))
}
