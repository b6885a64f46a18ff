/** What follows from a state for the phone: derived anew each time, so that nothing is left on or off by a lost message. */
import type { CourierState } from './state.ts'

export interface Needs {
  readonly line: boolean
  readonly positions: 'none' | 'idle' | 'job'
  readonly screenOn: boolean
  readonly ring: boolean
}

export function needsOf({ seat, access, duty, jobs, offer }: CourierState): Needs {
  const isHere = seat === 'held' && access === 'good'
  const works = duty.wanted === 'available' || jobs.length > 0
  return {
    // Also off duty: a dispatcher may give an order to whoever is paused.
    line: isHere,
    // What is recorded while the access is refused is kept, and sent by whoever signs in again.
    positions: seat !== 'held' || !works ? 'none' : jobs.length > 0 ? 'job' : 'idle',
    screenOn: isHere && works,
    ring: isHere && offer !== null && offer.answer === 'none',
  }
}
