/** When a connection is dead: it owes an answer, and has said nothing since that was asked. */
export interface Silence {
  readonly nowMs: number
  readonly heardAtMs: number
  /** When the oldest frame without an answer was sent; null: none is. */
  readonly dueSinceMs: number | null
}

export const SILENCE_MAX_MS = 12_000

/** Who stands still sends a position every 25 s and hears nothing between: what was heard before it was sent says nothing of the line. */
export function isDead({ nowMs, heardAtMs, dueSinceMs }: Silence): boolean {
  if (dueSinceMs === null) return false
  // Also where this clock was set back: how long it was is not known then.
  return Math.abs(nowMs - Math.max(heardAtMs, dueSinceMs)) > SILENCE_MAX_MS
}
