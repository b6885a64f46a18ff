/**
 * Who is being asked for what just now. The feed says that a driver has an offer; which one its actor is asked, once per driver and
 * offer, and only so many at a time: of a fleet that is asked all at once nobody sees more lines than these.
 */

import { STATUSES } from '../live/feed-batch.ts'
import type { Link } from '../map/shapes.ts'
import { STATUS, STRIDE, type Vehicles } from '../map/vehicles.ts'
import { ApiError } from '../shared/api.ts'
import type { Page } from '../shared/views.ts'
import { call } from './session.ts'
import * as state from './state.ts'

const SHOWN_MAX = 24
const OFFERED = STATUSES.indexOf('offered')

interface Offer {
  readonly order_id: string
  readonly expires_at: string
}

export class OffersInFlight {
  readonly #known = new Map<string, Offer | null>()

  /** To be called each second. @returns a line from each driver who is asked to the pickup of its order. */
  links(vehicles: Vehicles): Link[] {
    const asked: string[] = []
    for (let i = 0; i < vehicles.count && asked.length < SHOWN_MAX; i++) {
      if (vehicles.rows[i * STRIDE + STATUS] === OFFERED) asked.push(vehicles.ids[i] ?? '')
    }
    for (const driverId of this.#known.keys()) if (!asked.includes(driverId)) this.#known.delete(driverId)
    for (const driverId of asked) if (!this.#known.has(driverId)) void this.#ask(driverId)
    return asked.flatMap(driverId => {
      const orderId = this.#known.get(driverId)?.order_id
      const order = orderId && state.orders.value?.find(({ order_id }) => order_id === orderId)
      return order ? [{ driverId, to: order.pickup, kind: 'offer' as const }] : []
    })
  }

  async #ask(driverId: string): Promise<void> {
    this.#known.set(driverId, null)
    try {
      const page = await call<Page<Offer>>(`/v1/offers?driver_id=${encodeURIComponent(driverId)}`)
      const [offer] = page.data
      if (this.#known.has(driverId) && offer !== undefined) this.#known.set(driverId, offer)
    } catch (error) {
      // It is asked again when it has the next one.
      if (!(error instanceof ApiError)) throw error
    }
  }
}
