/** What the record has of the orders that clients were answered, by their ids: counts alone would let a double pay for a lost one. */
export interface Answered {
  readonly created: ReadonlySet<string>
  readonly delivered: ReadonlySet<string>
  /** Bookings that were sent, whatever became of them: each may be in the record once. */
  readonly sent: number
}

export interface StoredOrder {
  readonly id: string
  readonly status: string
}

export interface Kept {
  /** Acknowledged and not there, or not as it was acknowledged. */
  readonly lost: number
  /** There more often than anybody asked for. */
  readonly repeated: number
}

export function keptOf({ created, delivered, sent }: Answered, stored: readonly StoredOrder[]): Kept {
  const statusOf = new Map(stored.map(({ id, status }) => [id, status]))
  let lost = 0
  for (const id of created) {
    const status = statusOf.get(id)
    if (status === undefined || (delivered.has(id) && status !== 'delivered')) lost++
  }
  return { lost, repeated: Math.max(0, stored.length - sent) }
}
