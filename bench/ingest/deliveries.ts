import { seededRandom } from '../../src/sim/random.ts'
import { type IngestOptions, STEP_MS } from './options.ts'

type Watched = Pick<IngestOptions, 'protocol' | 'ratePerS' | 'warmUpS' | 'drivers' | 'watchers'>

/**
 * Who is watched, by one each. Drivers report in turn, so those who are watched are spread over all of them, at no pace of their own: the first ones would
 * report all together, and half a second of watching would be one burst and one moment of the node.
 */
export function watchedDrivers({ drivers, watchers }: Pick<Watched, 'drivers' | 'watchers'>): number[] {
  const watched = Math.min(watchers, drivers)
  const random = seededRandom(1)
  return Array.from({ length: watched }, (_, i) => Math.floor(((i + random()) * drivers) / watched))
}

/**
 * How many of the measured positions somebody watched: drivers report in turn from the warm-up on. A node that is behind may show the latest
 * only; then fewer are delivered.
 */
export function deliveriesDue({ protocol, ratePerS, warmUpS, drivers, watchers }: Watched, sent: number): number {
  const stepMs = STEP_MS[protocol]
  const first = Math.floor((Math.ceil((warmUpS * 1_000) / stepMs) * stepMs * ratePerS) / 1_000)
  const watched = watchedDrivers({ drivers, watchers })
  const seen = (until: number): number =>
    Math.floor(until / drivers) * watched.length + watched.filter(driver => driver < until % drivers).length
  return seen(first + sent) - seen(first)
}
