/**
 * Whether a node grows with what it is asked. One reading before and one after say little: connections are opened when they are first
 * used, caches fill, code is compiled. What is lost with each request grows in every round, and after the first one nothing else does.
 */
export interface Reading {
  readonly residentBytes: number
  /** Files, sockets and pipes of the process; null where the system does not say. */
  readonly handles: number | null
}

/** Fewer tell no slope. The first is not looked at. */
const ROUNDS_MIN = 3
/** What comes and goes with the garbage collector, in a round. A leak of 1 KB for each of 10,000 requests is above it. */
const RESIDENT_GROWTH_MAX_BYTES = 8_000_000
/** A connection to the record that was not needed before. */
const HANDLES_GROWTH_MAX = 1

/** @param readings  one after each round, of rounds that are alike. @returns what grows, in words. */
export function leaksIn(readings: readonly Reading[]): string[] {
  const settled = readings.slice(1)
  if (readings.length < ROUNDS_MIN) return []
  const bytes = slopeOf(settled.map(({ residentBytes }) => residentBytes))
  const handles = slopeOf(settled.flatMap(reading => (reading.handles === null ? [] : [reading.handles])))
  return [
    ...(bytes > RESIDENT_GROWTH_MAX_BYTES ? [`the process grows by ${Math.round(bytes)} bytes a round`] : []),
    ...(handles > HANDLES_GROWTH_MAX ? [`there are ${handles.toFixed(1)} more handles each round`] : []),
  ]
}

/** By least squares. */
export function slopeOf(values: readonly number[]): number {
  if (values.length < 2) return 0
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const [rise, run] = values.reduce(
    ([up, along], value, i) => [up + (i - middle) * (value - mean), along + (i - middle) ** 2],
    [0, 0] as const as readonly [number, number],
  )
  return rise / run
}
