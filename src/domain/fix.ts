/** A position on its way from the device into the history: what it is at each end. What else it is given on its way, ports say. */
import type { DriverId, UnixMs } from './ids.ts'

/** As the device reports it. */
export interface Fix {
  readonly latitude: number
  readonly longitude: number
  /** Metres per second. */
  readonly speed: number | null
  /** Degrees, 0–360. */
  readonly heading: number | null
  /** Metres. */
  readonly accuracy: number | null
  /** As the device says; null where it does not. */
  readonly recordedAtMs: UnixMs | null
  /** What the sender was busy with, in its own words. */
  readonly orderId: string | null
}

/** As it comes in at the edge. */
export interface DriverFix {
  readonly driverId: DriverId
  readonly fix: Fix
}

/** Let through by the guard, which has given it its time. */
export interface AdmittedFix extends Fix {
  readonly recordedAtMs: UnixMs
  readonly receivedAtMs: UnixMs
}
