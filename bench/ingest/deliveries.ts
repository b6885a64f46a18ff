import { type IngestOptions, STEP_MS } from './options.ts'

type Watched = Pick<IngestOptions, 'protocol' | 'ratePerS' | 'warmUpS' | 'drivers' | 'watchers'>

/**
 * How many of the measured positions somebody watched: drivers report in turn from the warm-up on, and the first ones are
 * watched, by one each. A node that is behind may show the latest only; then fewer are delivered.
 */
export function deliveriesDue({ protocol, ratePerS, warmUpS, drivers, watchers }: Watched, sent: number): number {
  const stepMs = STEP_MS[protocol]
  const first = Math.floor((Math.ceil((warmUpS * 1_000) / stepMs) * stepMs * ratePerS) / 1_000)
  const watched = (until: number): number =>
    Math.floor(until / drivers) * Math.min(watchers, drivers) + Math.min(until % drivers, watchers)
  return watched(first + sent) - watched(first)
}
