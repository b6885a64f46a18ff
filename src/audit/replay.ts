/**
 * The life of an order as its journal tells it, folded by rules of our own: the engine's fold must not be the judge of what
 * the engine wrote. Also who had the order when, and what became of each of its offers.
 */
export interface JournalEvent {
  readonly version: number
  readonly type: string
  readonly atMs: number
  readonly status: string | null
  readonly driverId: string | null
  readonly offerId: string | null
  readonly reason: string | null
  readonly refused: boolean | null
  /** Of `placed` and `amended`: when its search begins. */
  readonly dueAtMs?: number | null
  /** Of `amended`. */
  readonly notes?: string | null
  /** Of `offered`. */
  readonly offers:
    | readonly { readonly offerId: string; readonly driverId: string; readonly expiresAtMs: number }[]
    | null
}

export interface StateAt {
  readonly status: string
  /** Who has it, or whom it is promised to. */
  readonly driverId: string | null
}

interface Holding extends StateAt {
  readonly holder: string | null
  readonly promisedTo: string | null
}

export interface OfferLife {
  readonly offerId: string
  readonly driverId: string
  readonly expiresAtMs: number
  closedAtMs: number | null
  assignedAtMs: number | null
  /** When the assignment that it won was over. */
  endedAtMs: number | null
}

export interface OrderLife {
  /** After each version; the first is version 1. */
  readonly states: readonly StateAt[]
  readonly offers: ReadonlyMap<string, OfferLife>
  readonly events: readonly JournalEvent[]
}

/** @param events  of one order, by version. */
export function replay(events: readonly JournalEvent[]): OrderLife {
  const states: StateAt[] = []
  const offers = new Map<string, OfferLife>()
  let state: Holding = { status: 'placed', driverId: null, holder: null, promisedTo: null }
  let winner: OfferLife | null = null
  for (const event of events) {
    state = after(state, event)
    states.push({ status: state.status, driverId: state.driverId })
    for (const offer of event.offers ?? []) offers.set(offer.offerId, { ...offer, ...UNDECIDED })
    const offer = event.offerId === null ? undefined : offers.get(event.offerId)
    if (event.type === 'offer_closed' && offer !== undefined) offer.closedAtMs = event.atMs
    if (winner !== null && endsAssignment(event)) {
      winner.endedAtMs = event.atMs
      winner = null
    }
    if (event.type !== 'assigned') continue
    winner = offer ?? null
    if (winner !== null) winner.assignedAtMs = event.atMs
  }
  return { states, offers, events }
}

const UNDECIDED = { closedAtMs: null, assignedAtMs: null, endedAtMs: null } as const

function after(before: Holding, event: JournalEvent): Holding {
  const { status, holder, promisedTo } = { ...before, ...changeOf(before, event) }
  return { status, holder, promisedTo, driverId: holder ?? promisedTo }
}

function changeOf(before: Holding, { type, status, driverId, dueAtMs, atMs }: JournalEvent): Partial<Holding> {
  switch (type) {
    case 'placed':
      return { status: (dueAtMs ?? 0) > atMs ? 'scheduled' : 'placed' }
    case 'due':
      return { status: 'placed' }
    case 'reserved':
      return { promisedTo: driverId }
    case 'unreserved':
      return { promisedTo: null }
    case 'assigned':
      return { status: 'assigned', holder: driverId, promisedTo: null }
    case 'unassigned':
      return { status: 'placed', holder: null }
    case 'status':
      return { status: status ?? before.status }
    case 'cancelled':
    case 'expired':
      return { status: type, promisedTo: null }
    default:
      return {}
  }
}

/** An assignment in another's place ends the one before. */
function endsAssignment({ type, status }: JournalEvent): boolean {
  return (
    type === 'unassigned' ||
    type === 'cancelled' ||
    type === 'assigned' ||
    (type === 'status' && status === 'delivered')
  )
}
