/** A position as it was sent. Its marker travels in `order_id`, which the history keeps as it is. */
export interface Fix {
  readonly driverId: string
  readonly recordedAtMs: number
  readonly latitude: number
  readonly longitude: number
  readonly marker: string
}

/** What a driver reports on the wire. */
export function pointOf({ recordedAtMs, latitude, longitude, marker }: Fix) {
  return { latitude, longitude, order_id: marker, recorded_at: new Date(recordedAtMs).toISOString() }
}

/** Positions that were acknowledged, each once, however often it was sent. */
export class PositionBook {
  readonly #byMarker = new Map<string, Fix>()

  get size(): number {
    return this.#byMarker.size
  }

  acked(fixes: readonly Fix[]): void {
    for (const fix of fixes) this.#byMarker.set(fix.marker, fix)
  }

  *batches(rowsMax: number): Generator<Fix[]> {
    let batch: Fix[] = []
    for (const fix of this.#byMarker.values()) {
      batch.push(fix)
      if (batch.length < rowsMax) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}
