/** Where a driver is: an object of its own in each driver's state, which positions that change nothing else are written into. */
import type { AdmittedFix } from '../../domain/fix.ts'

type Kept = { -readonly [field in keyof AdmittedFix]: AdmittedFix[field] }

/** Of a fix, which may have more in it and belong to others. */
export function positionOf(fix: AdmittedFix): AdmittedFix {
  const { latitude, longitude, speed, heading, accuracy, recordedAtMs, receivedAtMs, orderId } = fix
  return { latitude, longitude, speed, heading, accuracy, recordedAtMs, receivedAtMs, orderId }
}

/** Numbers into an object that has lived for long: nothing that is young hangs on it afterwards, so no collection has to look at it. */
export function writeOver(position: AdmittedFix, fix: AdmittedFix): void {
  // The state's own, as `positionOf` has made it.
  const kept = position as Kept
  kept.latitude = fix.latitude
  kept.longitude = fix.longitude
  kept.speed = fix.speed
  kept.heading = fix.heading
  kept.accuracy = fix.accuracy
  kept.recordedAtMs = fix.recordedAtMs
  kept.receivedAtMs = fix.receivedAtMs
  kept.orderId = fix.orderId
}
