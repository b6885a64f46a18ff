/**
 * Numbers for properties. A `double` of the library is even over the bit patterns of numbers, so nearly all that it draws of a
 * range with nothing in it are next to nothing: a property of distances, chances or latitudes would be tested at one of them.
 */
import fc from 'fast-check'

const STEPS_PER_UNIT = 1e6

/** Even over values, to a millionth. */
export function even(min: number, max: number): fc.Arbitrary<number> {
  const steps = { min: Math.ceil(min * STEPS_PER_UNIT), max: Math.floor(max * STEPS_PER_UNIT) }
  return fc.integer(steps).map(n => n / STEPS_PER_UNIT)
}

/** A part of a whole. */
export const share: fc.Arbitrary<number> = even(0, 1)
