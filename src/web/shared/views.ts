/** What of the API's answers the pages read. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
  readonly address: string | null
}

export interface Order {
  readonly order_id: string
  readonly status: string
  readonly reason: string | null
  readonly pickup: Place
  readonly dropoff: Place
  readonly price: { readonly amount: number; readonly currency: string; readonly breakdown: readonly FareLine[] }
  readonly driver: {
    readonly driver_id: string
    readonly name: string | null
    readonly vehicle_type: string | null
  } | null
  readonly eta: { readonly pickup_at: string | null; readonly dropoff_at: string | null }
  readonly attempts: number
  readonly customer_id: string | null
  readonly reference: string | null
  readonly scheduled_at: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly version: number
  readonly tracking_url: string | null
}

export interface FareLine {
  readonly label: string
  readonly amount: number
}

export interface OrderEvent {
  readonly seq: number
  readonly type: string
  readonly at: string
  readonly status: string
  readonly driver_id?: string
  readonly by: { readonly role: string; readonly id: string }
  readonly reason?: string
}

export interface Candidate {
  readonly driver_id: string
  readonly pickup_eta_s: number | null
  readonly cost: number | null
  readonly terms: Readonly<Record<string, unknown>>
  readonly excluded_by: string | null
}

export interface Decision {
  readonly at: string
  readonly chosen: { readonly driver_id: string; readonly pickup_eta_s: number; readonly cost: number } | null
  readonly candidates: readonly Candidate[]
}

export interface Quote {
  readonly quote_id: string
  readonly amount: number
  readonly currency: string
  readonly surge: { readonly multiplier: number }
  readonly distance_m: number
  readonly duration_s: number
  readonly pickup_eta_s: number | null
  readonly expires_at: string
}

export interface Page<T> {
  readonly data: readonly T[]
  readonly next_cursor: string | null
}

/** Of one minute, or of the last hour together. */
export interface Figures {
  readonly orders_placed: number
  readonly served_ratio: number | null
  readonly pickup_p50_s: number | null
  readonly pickup_p90_s: number | null
  readonly utilisation_ratio: number | null
  readonly acknowledgement_p99_ms: number | null
}

export interface Hour {
  readonly hour: Figures
  readonly data: readonly (Figures & { readonly at: string })[]
}
