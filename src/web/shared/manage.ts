/** What of the API's answers the management views read. */
export interface Driver {
  readonly driver_id: string
  readonly name: string | null
  readonly phone: string | null
  readonly vehicle_type: string | null
  readonly vehicle_id: string | null
  readonly capacity: number
  readonly skills: readonly string[]
  readonly rating: number | null
  readonly status: string
  readonly load: number
}

export interface Maintenance {
  readonly from: string
  readonly to: string
  readonly reason: string | null
}

export interface Vehicle {
  readonly vehicle_id: string
  readonly type: string
  readonly plate: string | null
  readonly capacity: number | null
  readonly driver_id: string | null
  readonly maintenance: readonly Maintenance[]
  readonly in_maintenance: boolean
}

export const ZONE_KINDS = ['service_area', 'price_area', 'geofence'] as const
export type ZoneKind = (typeof ZONE_KINDS)[number]
/** Longitude, latitude. */
export type Position = readonly [number, number]
export type ZoneGeometry =
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] }

export interface Zone {
  readonly zone_id: string
  readonly name: string
  readonly kind: ZoneKind
  readonly geometry: ZoneGeometry
  readonly dwell_s: number | null
  readonly version: number
  readonly updated_at: string
}

export interface Ruleset {
  readonly version: string
  readonly currency: string
  readonly base_minor: number
  readonly per_km_minor: number
  readonly per_minute_minor: number
  readonly minimum_minor: number
  readonly maximum_minor: number | null
  readonly round_to_minor: number
  readonly valid_from: string
  readonly valid_to: string | null
  readonly cells: readonly string[] | null
  readonly created_at: string
}

export interface RulesetPreview {
  readonly quotes: number
  readonly dearer: number
  readonly cheaper: number
  readonly same: number
  readonly skipped: { readonly elsewhere: number; readonly other_currency: number; readonly unknown: number }
  readonly currency: string
  readonly amount_before: number
  readonly amount_after: number
  readonly difference: { readonly p10: number; readonly p50: number; readonly p90: number } | null
  readonly oldest_at: string | null
  readonly newest_at: string | null
  readonly has_more: boolean
  readonly examples: readonly PreviewExample[]
}

export interface PreviewExample {
  readonly quote_id: string
  readonly created_at: string
  readonly vehicle_type: string | null
  readonly distance_m: number
  readonly duration_s: number
  readonly before: number
  readonly after: number
  readonly difference: number
}

export interface ApiKey {
  readonly key_id: string
  readonly mode: string
  readonly name: string
  readonly prefix: string
  readonly role: string
  readonly sub: string | null
  readonly scopes: readonly string[] | null
  readonly created_at: string
  readonly previous_until: string | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
  readonly last_used_at: string | null
}

/** The one answer with a secret; null where it was made by an earlier request whose answer was lost. */
export type MadeKey = ApiKey & { readonly secret: string | null }

export interface Webhook {
  readonly webhook_id: string
  readonly url: string
  readonly events: readonly string[]
  readonly description: string | null
  readonly mode: string
  readonly status: string
  readonly disabled_reason: string | null
  readonly failing_since: string | null
  readonly previous_secret_until: string | null
  readonly created_at: string
}

export type MadeWebhook = Webhook & { readonly secret: string | null }

export interface Delivery {
  readonly delivery_id: string
  readonly webhook_id: string
  readonly type: string
  readonly object_id: string
  readonly sequence: number
  readonly state: string
  readonly attempts: number
  readonly replays: number
  readonly last_status: number | null
  readonly last_error: string | null
  readonly took_ms: number | null
  readonly created_at: string
  readonly last_tried_at: string | null
  readonly next_try_at: string | null
  readonly ended_at: string | null
}

export interface DeadLetter {
  readonly dead_letter_id: string
  readonly at: string
  readonly source: string
  readonly reason: string
  readonly payload: Readonly<Record<string, unknown>>
}

export interface Act {
  readonly act_id: string
  readonly at: string
  readonly actor: { readonly role: string; readonly id: string; readonly key_id: string | null }
  readonly action: string
  readonly target: string | null
  readonly address: string | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly status: number | null
}

export interface Cluster {
  readonly node: string
  readonly mode: string
  readonly has_lease: boolean
  readonly nodes: readonly { readonly node: string; readonly phase: string; readonly shards: number }[]
  readonly shards: readonly { readonly shard: number; readonly node: string; readonly epoch: number }[]
  readonly shards_total: number
  readonly shards_unowned: number
}
