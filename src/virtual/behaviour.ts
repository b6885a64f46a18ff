/** What a virtual courier does, as the test that ordered it wants. */

export const BEHAVIOURS = ['accept', 'decline', 'stall', 'no_show', 'drop_out'] as const

/**
 * `accept`: takes each offer and carries the order out · `decline`: says no to each · `stall`: says nothing, until the offer
 * is over · `no_show`: takes the offer, sets out and stops short of the pickup · `drop_out`: takes it, arrives at the pickup and gives it back.
 */
export type Behaviour = (typeof BEHAVIOURS)[number]

/** A courier that does not show stops so far from the pickup; nearer to it, it does not set out at all. */
export const NO_SHOW_STOPS_M = 200
/** It stands this long at a pickup and at a drop-off. */
export const STOP_MS = 1_000

export function takesOffers(behaviour: Behaviour): boolean {
  return behaviour === 'accept' || behaviour === 'no_show' || behaviour === 'drop_out'
}
