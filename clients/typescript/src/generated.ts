// Made out of /openapi.json by `bun run client:types`: not changed by hand.

type NoFields = Readonly<Record<never, never>>

export type Act = { readonly act_id: string; readonly at: string; readonly actor: { readonly role: string; readonly id: string; readonly key_id: string | null }; readonly action: string; readonly target: string | null; readonly address: string | null; readonly detail: Readonly<Record<string, unknown>>; readonly status: number | null }

export type BatchRow = { readonly driver_id: string; readonly latitude: number; readonly longitude: number; readonly speed?: number | null | undefined; readonly heading?: number | null | undefined; readonly accuracy?: number | null | undefined; readonly order_id?: string | null | undefined; readonly recorded_at?: string | null | undefined }

export type CurrentLocation = { readonly driver_id: string; readonly latitude: number; readonly longitude: number; readonly speed: number | null; readonly heading: number | null; readonly accuracy: number | null; readonly recorded_at: string; readonly received_at: string; readonly age_ms: number; readonly stale: boolean; readonly cell: string; readonly status: string | null; readonly order_id: string | null }

export type Customer = { readonly customer_id: string; readonly ratings: RatingSum }

export type DeadLetter = { readonly dead_letter_id: string; readonly at: string; readonly source: string; readonly reason: string; readonly payload: Readonly<Record<string, unknown>> }

export type Decision = { readonly at: string; readonly cell: string | null; readonly window_ms: number | null; readonly chosen: { readonly driver_id: string; readonly pickup_eta_s: number; readonly cost: number } | null; readonly candidates: readonly ({ readonly driver_id: string; readonly pickup_eta_s: number | null; readonly cost: number | null; readonly terms: Readonly<Record<string, unknown>>; readonly excluded_by: string | null })[] }

export type Driver = { readonly driver_id: string; readonly name: string | null; readonly phone: string | null; readonly vehicle_type: string | null; readonly vehicle_id: string | null; readonly capacity: number; readonly skills: readonly (string)[]; readonly rating: number | null; readonly status: 'available' | 'paused' | 'offline' | 'offered' | 'busy'; readonly load: number; readonly ratings?: RatingSum | undefined; readonly version: number }

export type DriverPatch = { readonly name?: string | null | undefined; readonly phone?: string | null | undefined; readonly vehicle_type?: string | null | undefined; readonly vehicle_id?: string | null | undefined; readonly capacity?: number | null | undefined; readonly skills?: readonly (string)[] | null | undefined; readonly rating?: number | null | undefined }

export type Figures = { readonly from: string; readonly to: string; readonly bucket_s: number; readonly hour: { readonly orders_placed: number; readonly orders_delivered: number; readonly orders_cancelled: number; readonly orders_expired: number; readonly served_ratio: number | null; readonly pickups: number; readonly pickup_p50_s: number | null; readonly pickup_p90_s: number | null; readonly utilisation_ratio: number | null; readonly positions_acknowledged: number; readonly acknowledgement_p99_ms: number | null }; readonly data: readonly ({ readonly at: string; readonly orders_placed: number; readonly orders_delivered: number; readonly orders_cancelled: number; readonly orders_expired: number; readonly served_ratio: number | null; readonly pickups: number; readonly pickup_p50_s: number | null; readonly pickup_p90_s: number | null; readonly utilisation_ratio: number | null; readonly positions_acknowledged: number; readonly acknowledgement_p99_ms: number | null })[] }

export type Key = { readonly key_id: string; readonly mode: string; readonly name: string; readonly prefix: string; readonly role: string; readonly sub: string | null; readonly scopes: readonly (string)[] | null; readonly created_at: string; readonly created_by: string; readonly rotated_at: string | null; readonly previous_until: string | null; readonly expires_at: string | null; readonly revoked_at: string | null; readonly last_used_at: string | null }

export type Location = { readonly latitude: number; readonly longitude: number; readonly speed?: number | null | undefined; readonly heading?: number | null | undefined; readonly accuracy?: number | null | undefined; readonly order_id?: string | null | undefined; readonly recorded_at?: string | null | undefined }

export type MadeKey = { readonly key_id: string; readonly mode: string; readonly name: string; readonly prefix: string; readonly role: string; readonly sub: string | null; readonly scopes: readonly (string)[] | null; readonly created_at: string; readonly created_by: string; readonly rotated_at: string | null; readonly previous_until: string | null; readonly expires_at: string | null; readonly revoked_at: string | null; readonly last_used_at: string | null; readonly secret: string | null }

export type MadeVirtualCourier = { readonly driver_id: (string) & (string); readonly name: string | null; readonly phone: string | null; readonly vehicle_type: string | null; readonly vehicle_id: string | null; readonly capacity: number; readonly skills: readonly (string)[]; readonly rating: number | null; readonly status: 'available' | 'paused' | 'offline' | 'offered' | 'busy'; readonly load: number; readonly ratings?: RatingSum | undefined; readonly version: number; readonly behaviour: string; readonly speed_mps: number; readonly created_at: string; readonly expires_at: string }

export type MadeWebhook = { readonly webhook_id: string; readonly url: string; readonly events: readonly (string)[]; readonly description: string | null; readonly mode: string; readonly status: string; readonly disabled_at: string | null; readonly disabled_reason: string | null; readonly failing_since: string | null; readonly previous_secret_until: string | null; readonly created_at: string; readonly created_by: string; readonly updated_at: string; readonly secret: string | null }

export type MapSources = { readonly style_url: string | null; readonly stale_s: number; readonly streets: unknown | null }

export type Me = { readonly role: string; readonly id: string; readonly mode: string; readonly scopes: readonly (string)[] | null; readonly key_id: string | null; readonly expires_at: string | null; readonly may: readonly (string)[] }

export type NewDriver = { readonly driver_id?: string | null | undefined; readonly name?: string | null | undefined; readonly phone?: string | null | undefined; readonly vehicle_type?: string | null | undefined; readonly vehicle_id?: string | null | undefined; readonly capacity?: number | null | undefined; readonly skills?: readonly (string)[] | null | undefined; readonly rating?: number | null | undefined }

export type NewKey = { readonly name: string; readonly mode?: 'live' | 'test' | null | undefined; readonly role: 'customer' | 'driver' | 'dispatcher' | 'service' | 'admin'; readonly sub?: string | null | undefined; readonly scopes?: readonly ('positions:write' | 'positions:read' | 'drivers:write' | 'drivers:read' | 'vehicles:write' | 'vehicles:read' | 'zones:write' | 'zones:read' | 'quotes:write' | 'orders:write' | 'orders:read' | 'offers:write' | 'offers:read' | 'pricing:write' | 'pricing:read' | 'webhooks:write' | 'webhooks:read' | 'operations:read' | 'audit:read')[] | null | undefined; readonly expires_at?: string | null | undefined }

export type NewOrder = { readonly quote_id?: string | null | undefined; readonly pickup?: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined } | null | undefined; readonly dropoff?: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined } | null | undefined; readonly vehicle_type?: string | null | undefined; readonly scheduled_at?: string | null | undefined; readonly ready_at?: string | null | undefined; readonly customer_id?: string | null | undefined; readonly reference?: string | null | undefined; readonly size?: number | null | undefined; readonly skills?: readonly (string)[] | null | undefined; readonly items?: readonly ({ readonly name: string; readonly quantity: number })[] | null | undefined; readonly notes?: string | null | undefined; readonly proof?: readonly ('pin' | 'photo' | 'signature')[] | null | undefined }

export type NewQuote = { readonly pickup: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined }; readonly dropoff: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined }; readonly vehicle_type?: string | null | undefined; readonly scheduled_at?: string | null | undefined; readonly customer_id?: string | null | undefined }

export type NewRating = { readonly side?: 'customer' | 'driver' | null | undefined; readonly stars: number; readonly comment?: string | null | undefined }

export type NewRuleset = { readonly version: string; readonly currency: string; readonly base_minor: number; readonly per_km_minor: number; readonly per_minute_minor: number; readonly minimum_minor: number; readonly maximum_minor?: number | null | undefined; readonly round_to_minor: number; readonly by_vehicle_type?: Readonly<Record<string, number>> | null | undefined; readonly time_zone?: string | null | undefined; readonly time_bands?: readonly ({ readonly label: string; readonly days: readonly (number)[]; readonly from: string; readonly to: string; readonly factor_permille: number })[] | null | undefined; readonly price_areas?: readonly ({ readonly zone_id: string; readonly label: string; readonly at: 'pickup' | 'dropoff' | 'either'; readonly factor_permille?: number | null | undefined; readonly add_minor?: number | null | undefined })[] | null | undefined; readonly surge?: { readonly round_s?: number | null | undefined; readonly window_s?: number | null | undefined; readonly grid_permille?: number | null | undefined; readonly step_permille?: number | null | undefined; readonly move_permille?: number | null | undefined; readonly floor_permille?: number | null | undefined; readonly cap_permille?: number | null | undefined; readonly emergency_cap_permille?: number | null | undefined; readonly balance_permille?: number | null | undefined; readonly slope_permille?: number | null | undefined; readonly demand_min_permille?: number | null | undefined; readonly smoothing_permille?: number | null | undefined; readonly hysteresis_permille?: number | null | undefined; readonly ring_weights_permille?: readonly (number)[] | null | undefined; readonly soon_permille?: number | null | undefined; readonly left_half_life_s?: number | null | undefined; readonly left_window_s?: number | null | undefined; readonly mass_log_off?: { readonly minimum?: number | null | undefined; readonly share_permille?: number | null | undefined; readonly usual_permille?: number | null | undefined } | null | undefined } | null | undefined; readonly waiting?: { readonly free_s: number; readonly per_minute_minor: number; readonly maximum_minor: number } | null | undefined; readonly cancellation?: { readonly free_s: number; readonly charged_roles: readonly ('customer' | 'driver' | 'dispatcher' | 'admin' | 'service')[]; readonly by_stage: { readonly assigned?: { readonly fee_minor: number; readonly share_permille: number } | null | undefined; readonly en_route_to_pickup?: { readonly fee_minor: number; readonly share_permille: number } | null | undefined; readonly at_pickup?: { readonly fee_minor: number; readonly share_permille: number } | null | undefined; readonly en_route_to_dropoff?: { readonly fee_minor: number; readonly share_permille: number } | null | undefined } } | null | undefined; readonly no_show?: { readonly after_s: number; readonly fee_minor: number; readonly share_permille: number; readonly automatic?: boolean | null | undefined } | null | undefined; readonly valid_from?: string | null | undefined; readonly valid_to?: string | null | undefined; readonly cells?: readonly (string)[] | null | undefined }

export type NewVehicle = { readonly vehicle_id?: string | null | undefined; readonly type: string; readonly plate?: string | null | undefined; readonly capacity?: number | null | undefined; readonly driver_id?: string | null | undefined; readonly maintenance?: readonly ({ readonly from: string; readonly to: string; readonly reason?: string | null | undefined })[] | null | undefined }

export type NewVirtualCourier = { readonly behaviour: 'accept' | 'decline' | 'stall' | 'no_show' | 'drop_out'; readonly near: { readonly latitude: number; readonly longitude: number }; readonly driver_id?: string | null | undefined; readonly vehicle_type?: string | null | undefined; readonly skills?: readonly (string)[] | null | undefined; readonly capacity?: number | null | undefined; readonly speed_mps?: number | null | undefined; readonly ttl_s?: number | null | undefined }

export type NewWebhook = { readonly url: string; readonly events: readonly ('*' | 'order.*' | 'driver.*' | 'order.placed' | 'order.amended' | 'order.due' | 'order.offered' | 'order.offer_closed' | 'order.assigned' | 'order.unassigned' | 'order.en_route_to_pickup' | 'order.at_pickup' | 'order.en_route_to_dropoff' | 'order.delivered' | 'order.pin_refused' | 'order.reserved' | 'order.unreserved' | 'order.rated' | 'order.cancelled' | 'order.adjusted' | 'order.expired' | 'driver.registered' | 'driver.updated' | 'driver.availability' | 'driver.vehicle_changed' | 'driver.geofence_entered' | 'driver.geofence_left' | 'driver.geofence_dwelled')[]; readonly description?: string | null | undefined }

export type NewZone = { readonly zone_id?: string | null | undefined; readonly name: string; readonly kind: 'service_area' | 'geofence' | 'price_area'; readonly geometry: ZoneGeometry; readonly dwell_s?: number | null | undefined }

export type Offer = { readonly offer_id: string; readonly order_id: string; readonly driver_id: string; readonly pickup_eta_s: number; readonly expires_at: string }

export type Order = { readonly order_id: string; readonly status: 'scheduled' | 'placed' | 'assigned' | 'en_route_to_pickup' | 'at_pickup' | 'en_route_to_dropoff' | 'delivered' | 'cancelled' | 'expired'; readonly reason: string | null; readonly pickup: { readonly latitude: number; readonly longitude: number; readonly address: string | null }; readonly dropoff: { readonly latitude: number; readonly longitude: number; readonly address: string | null }; readonly vehicle_type: string | null; readonly size: number; readonly skills: readonly (string)[]; readonly items: readonly ({ readonly name: string; readonly quantity: number })[]; readonly notes: string | null; readonly price: { readonly amount: number; readonly currency: string; readonly breakdown: readonly ({ readonly code: string; readonly label: string; readonly amount: number })[]; readonly quoted_amount: number }; readonly quote_id: string | null; readonly distance_m: number; readonly duration_s: number; readonly driver: { readonly driver_id: string; readonly name: string | null; readonly vehicle_type: string | null } | null; readonly eta: { readonly pickup_at: string | null; readonly dropoff_at: string | null }; readonly arrived_at: string | null; readonly attempts: number; readonly customer_id: string | null; readonly reference: string | null; readonly scheduled_at: string | null; readonly ready_at: string | null; readonly created_at: string; readonly updated_at: string; readonly version: number; readonly proof: { readonly required: readonly (string)[]; readonly pin?: string | undefined; readonly pin_tries_left: number | null; readonly given: { readonly pin: boolean; readonly photo: { readonly ref: string; readonly sha256: string } | null; readonly signature: { readonly ref: string; readonly sha256: string } | null; readonly waived_because: string | null } | null } | null; readonly tracking_url: string | null }

export type OrderEvent = { readonly seq: number; readonly type: string; readonly at: string; readonly status: 'scheduled' | 'placed' | 'assigned' | 'en_route_to_pickup' | 'at_pickup' | 'en_route_to_dropoff' | 'delivered' | 'cancelled' | 'expired'; readonly driver_id?: string | undefined; readonly offer_id?: string | undefined; readonly offers?: readonly ({ readonly offer_id: string; readonly driver_id: string; readonly expires_at: string })[] | undefined; readonly by: { readonly role: string; readonly id: string }; readonly reason?: string | undefined; readonly lines?: readonly ({ readonly code: string; readonly label: string; readonly amount: number })[] | undefined }

export type OrderPatch = { readonly version?: number | undefined; readonly pickup?: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined } | undefined; readonly dropoff?: { readonly latitude: number; readonly longitude: number; readonly address?: string | null | undefined } | undefined; readonly scheduled_at?: string | null | undefined; readonly quote_id?: string | null | undefined; readonly notes?: string | null | undefined; readonly items?: readonly ({ readonly name: string; readonly quantity: number })[] | null | undefined }

export type Problem = { readonly type: string; readonly title: string; readonly status: number; readonly detail: string; readonly code: string; readonly request_id?: string | undefined; readonly errors?: readonly ({ readonly path: string; readonly message: string })[] | undefined }

export type Quote = { readonly quote_id: string; readonly amount: number; readonly currency: string; readonly breakdown: readonly ({ readonly code: string; readonly label: string; readonly amount: number })[]; readonly surge: { readonly multiplier: number; readonly cell: string; readonly round: number; readonly rule: 'current_round' | 'none_ahead' | 'none_in_ruleset' }; readonly ruleset_version: string; readonly distance_m: number; readonly duration_s: number; readonly pickup_eta_s: number | null; readonly scheduled_at: string | null; readonly expires_at: string }

export type Rating = { readonly order_id: string; readonly side: 'customer' | 'driver'; readonly stars: number; readonly comment: string | null; readonly at: string }

export type RatingSum = { readonly count: number; readonly average: number | null }

export type RouteFeature = { readonly type: 'Feature'; readonly geometry: { readonly type: 'LineString'; readonly coordinates: readonly (readonly (number)[])[] } | null; readonly properties: { readonly driver_id: string; readonly times: readonly (string)[]; readonly next_cursor: string | null } }

export type Ruleset = { readonly version: string; readonly currency: string; readonly base_minor: number; readonly per_km_minor: number; readonly per_minute_minor: number; readonly minimum_minor: number; readonly maximum_minor: number | null; readonly round_to_minor: number; readonly by_vehicle_type: Readonly<Record<string, number>>; readonly time_zone: string | null; readonly time_bands: readonly (unknown)[]; readonly price_areas: readonly (unknown)[]; readonly surge: Readonly<Record<string, unknown>> | null; readonly waiting: Readonly<Record<string, unknown>> | null; readonly cancellation: Readonly<Record<string, unknown>> | null; readonly no_show: Readonly<Record<string, unknown>> | null; readonly valid_from: string; readonly valid_to: string | null; readonly cells: readonly (string)[] | null; readonly created_at: string }

export type RulesetPreview = { readonly quotes: number; readonly dearer: number; readonly cheaper: number; readonly same: number; readonly skipped: { readonly elsewhere: number; readonly other_currency: number; readonly unknown: number }; readonly currency: string; readonly amount_before: number; readonly amount_after: number; readonly difference: { readonly p10: number; readonly p50: number; readonly p90: number } | null; readonly oldest_at: string | null; readonly newest_at: string | null; readonly has_more: boolean; readonly examples: readonly ({ readonly quote_id: string; readonly created_at: string; readonly vehicle_type: string | null; readonly distance_m: number; readonly duration_s: number; readonly surge_multiplier: number; readonly before: number; readonly after: number; readonly difference: number })[] }

export type Surge = { readonly round: number; readonly cells: readonly ({ readonly cell: string; readonly multiplier: number; readonly demand: number; readonly supply: number; readonly round: number })[] }

export type Tracking = { readonly order_id: string; readonly status: 'scheduled' | 'placed' | 'assigned' | 'en_route_to_pickup' | 'at_pickup' | 'en_route_to_dropoff' | 'delivered' | 'cancelled' | 'expired'; readonly pickup: { readonly latitude: number; readonly longitude: number } | null; readonly dropoff: { readonly latitude: number; readonly longitude: number } | null; readonly scheduled_at: string | null; readonly driver: { readonly driver_id: string; readonly vehicle_type: string | null } | null; readonly eta: { readonly pickup_at: string | null; readonly dropoff_at: string | null }; readonly pin: string | null; readonly proof: { readonly pin: boolean; readonly photo: boolean; readonly signature: boolean } | null; readonly updated_at: string; readonly version: number; readonly location: { readonly latitude: number; readonly longitude: number; readonly speed: number | null; readonly heading: number | null; readonly recorded_at: string; readonly age_ms: number; readonly stale: boolean } | null; readonly timeline: readonly ({ readonly status: 'scheduled' | 'placed' | 'assigned' | 'en_route_to_pickup' | 'at_pickup' | 'en_route_to_dropoff' | 'delivered' | 'cancelled' | 'expired'; readonly at: string })[] }

export type Vehicle = { readonly vehicle_id: string; readonly type: string; readonly plate: string | null; readonly capacity: number | null; readonly driver_id: string | null; readonly maintenance: readonly ({ readonly from: string; readonly to: string; readonly reason: string | null })[]; readonly in_maintenance: boolean; readonly version: number; readonly created_at: string; readonly updated_at: string }

export type VehiclePatch = { readonly type?: string | undefined; readonly plate?: string | null | undefined; readonly capacity?: number | null | undefined; readonly driver_id?: string | null | undefined; readonly maintenance?: readonly ({ readonly from: string; readonly to: string; readonly reason?: string | null | undefined })[] | null | undefined }

export type VirtualCourier = { readonly driver_id: string; readonly behaviour: string; readonly speed_mps: number; readonly created_at: string; readonly expires_at: string }

export type WebManifest = { readonly name: string; readonly start_url: string; readonly scope: string; readonly display: string; readonly icons: readonly ({ readonly src: string; readonly sizes: string; readonly type: string })[] }

export type Webhook = { readonly webhook_id: string; readonly url: string; readonly events: readonly (string)[]; readonly description: string | null; readonly mode: string; readonly status: string; readonly disabled_at: string | null; readonly disabled_reason: string | null; readonly failing_since: string | null; readonly previous_secret_until: string | null; readonly created_at: string; readonly created_by: string; readonly updated_at: string }

export type WebhookDelivery = { readonly delivery_id: string; readonly webhook_id: string; readonly message_id: string; readonly type: string; readonly object_id: string; readonly sequence: number; readonly state: string; readonly attempts: number; readonly replays: number; readonly last_status: number | null; readonly last_error: string | null; readonly took_ms: number | null; readonly created_at: string; readonly last_tried_at: string | null; readonly next_try_at: string | null; readonly ended_at: string | null }

export type WebhookPatch = { readonly url?: string | undefined; readonly events?: readonly ('*' | 'order.*' | 'driver.*' | 'order.placed' | 'order.amended' | 'order.due' | 'order.offered' | 'order.offer_closed' | 'order.assigned' | 'order.unassigned' | 'order.en_route_to_pickup' | 'order.at_pickup' | 'order.en_route_to_dropoff' | 'order.delivered' | 'order.pin_refused' | 'order.reserved' | 'order.unreserved' | 'order.rated' | 'order.cancelled' | 'order.adjusted' | 'order.expired' | 'driver.registered' | 'driver.updated' | 'driver.availability' | 'driver.vehicle_changed' | 'driver.geofence_entered' | 'driver.geofence_left' | 'driver.geofence_dwelled')[] | undefined; readonly description?: string | null | undefined; readonly status?: 'enabled' | 'disabled' | undefined }

export type Zone = { readonly zone_id: string; readonly name: string; readonly kind: 'service_area' | 'geofence' | 'price_area'; readonly geometry: ZoneGeometry; readonly dwell_s: number | null; readonly version: number; readonly created_at: string; readonly updated_at: string }

export type ZoneGeometry = { readonly type: 'Polygon' | 'MultiPolygon'; readonly coordinates: readonly (unknown)[] }

export type ZonePatch = { readonly name?: string | undefined; readonly geometry?: ZoneGeometry | undefined; readonly dwell_s?: number | null | undefined }

/** A later version may have others. */
export type ProblemCode = 'already_exists' | 'driver_unavailable' | 'forbidden' | 'idempotency_in_progress' | 'idempotency_mismatch' | 'in_use' | 'internal' | 'invalid' | 'invalid_transition' | 'issuer_unavailable' | 'limit_reached' | 'malformed' | 'method_not_allowed' | 'not_found' | 'not_ready' | 'offer_closed' | 'outside_service_area' | 'overloaded' | 'pin_locked' | 'pin_wrong' | 'price_changed' | 'proof_required' | 'quote_expired' | 'rate_limited' | 'record_unavailable' | 'timeout' | 'too_early' | 'too_large' | 'unauthorized' | 'unstorable' | 'unsupported_media_type' | 'upgrade_required' | 'version_conflict'

export interface Operations {
  /** Revoke a key. */
  'DELETE /v1/keys/{key_id}': {
    params: { readonly key_id: string }
    query: NoFields
    body: undefined
    answer: Key
  }
  /** Send a virtual courier home: it goes offline, and does nothing more. */
  'DELETE /v1/test/drivers/{driver_id}': {
    params: { readonly driver_id: string }
    query: NoFields
    body: undefined
    answer: undefined
  }
  /** Delete a vehicle. */
  'DELETE /v1/vehicles/{vehicle_id}': {
    params: { readonly vehicle_id: string }
    query: NoFields
    body: undefined
    answer: Vehicle
  }
  /** Delete an endpoint, with its deliveries. */
  'DELETE /v1/webhooks/{webhook_id}': {
    params: { readonly webhook_id: string }
    query: NoFields
    body: undefined
    answer: undefined
  }
  /** Delete a zone. */
  'DELETE /v1/zones/{zone_id}': {
    params: { readonly zone_id: string }
    query: NoFields
    body: undefined
    answer: Zone
  }
  /** The console. */
  'GET /': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** The drivers near a point, nearest first. */
  'GET /api/v1/drivers/nearby': {
    params: NoFields
    query: { readonly lat: number; readonly lng: number; readonly radius?: number | undefined; readonly limit?: number | undefined; readonly vehicle_type?: string | undefined; readonly status?: string | undefined }
    body: undefined
    answer: { readonly drivers: readonly ({ readonly driver_id: string; readonly latitude: number; readonly longitude: number; readonly distance_m: number; readonly age_ms: number; readonly status: string | null; readonly vehicle_type: string | null })[] }
  }
  /** Where a driver is now. */
  'GET /api/v1/drivers/{driver_id}/location': {
    params: { readonly driver_id: string }
    query: NoFields
    body: undefined
    answer: CurrentLocation
  }
  /** Where a driver was, oldest first. */
  'GET /api/v1/drivers/{driver_id}/route': {
    params: { readonly driver_id: string }
    query: { readonly start_time?: string | undefined; readonly end_time?: string | undefined; readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly format?: 'json' | 'geojson' | undefined }
    body: undefined
    answer: { readonly data: readonly ({ readonly latitude: number; readonly longitude: number; readonly speed: number | null; readonly heading: number | null; readonly accuracy: number | null; readonly recorded_at: string; readonly received_at: string; readonly order_id: string | null })[]; readonly next_cursor: string | null } | RouteFeature
  }
  /** A script or style of a page; its name changes with what is in it. */
  'GET /assets/{file}': {
    params: { readonly file: string }
    query: NoFields
    body: undefined
    answer: string
  }
  /** The sockets and what is published on NATS, as an AsyncAPI 3 document. */
  'GET /asyncapi.json': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly asyncapi: '3.0.0' }
  }
  /** The page of a courier. It asks for a token. */
  'GET /courier': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** What keeps it on the phone, and replaces it by a newer one. */
  'GET /courier-worker.js': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** How a phone installs it. */
  'GET /courier.webmanifest': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: WebManifest
  }
  /** A page to read and try this API. */
  'GET /docs': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** Is the process up? */
  'GET /health': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly status: 'ok' }
  }
  /** What the map of the console is drawn from. */
  'GET /map.json': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: MapSources
  }
  /** Counters and gauges for Prometheus. */
  'GET /metrics': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** This API as an OpenAPI 3.1 document. */
  'GET /openapi.json': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly openapi: '3.1.0' }
  }
  /** Can the node take work? Says what is missing. */
  'GET /ready': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly status: 'ready'; readonly missing: readonly (string)[]; readonly unsafe: boolean; readonly shards_served: number; readonly workers_up: number }
  }
  /** The tracking page, of the tracking link behind its `#`. */
  'GET /track': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: string
  }
  /** What admins and dispatchers did, newest first. */
  'GET /v1/audit-log': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly actor_role?: 'customer' | 'driver' | 'dispatcher' | 'service' | 'admin' | undefined; readonly actor_id?: string | undefined; readonly action?: string | undefined; readonly target?: string | undefined; readonly after?: string | undefined; readonly before?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Act)[]; readonly next_cursor: string | null }
  }
  /** Nodes, shards and epochs, as this node knows them. */
  'GET /v1/cluster': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly node: string; readonly mode: 'embedded' | 'cluster'; readonly has_lease: boolean; readonly nodes: readonly ({ readonly node: string; readonly phase: string; readonly shards: number })[]; readonly shards: readonly ({ readonly shard: number; readonly node: string; readonly epoch: number })[]; readonly shards_total: number; readonly shards_unowned: number }
  }
  /** What drivers thought of a customer, summed up. */
  'GET /v1/customers/{customer_id}': {
    params: { readonly customer_id: string }
    query: NoFields
    body: undefined
    answer: Customer
  }
  /** What could not be stored, with its reason, newest first. */
  'GET /v1/dead-letters': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly source?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (DeadLetter)[]; readonly next_cursor: string | null }
  }
  /** Drivers, by id. */
  'GET /v1/drivers': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly status?: 'available' | 'paused' | 'offline' | undefined }
    body: undefined
    answer: { readonly data: readonly (Driver)[]; readonly next_cursor: string | null }
  }
  /** The drivers near a point, nearest first. */
  'GET /v1/drivers/nearby': {
    params: NoFields
    query: { readonly lat: number; readonly lng: number; readonly radius?: number | undefined; readonly limit?: number | undefined; readonly vehicle_type?: string | undefined; readonly status?: string | undefined }
    body: undefined
    answer: { readonly drivers: readonly ({ readonly driver_id: string; readonly latitude: number; readonly longitude: number; readonly distance_m: number; readonly age_ms: number; readonly status: string | null; readonly vehicle_type: string | null })[] }
  }
  /** One driver, as its actor sees it. */
  'GET /v1/drivers/{driver_id}': {
    params: { readonly driver_id: string }
    query: NoFields
    body: undefined
    answer: Driver
  }
  /** Where a driver is now. */
  'GET /v1/drivers/{driver_id}/location': {
    params: { readonly driver_id: string }
    query: NoFields
    body: undefined
    answer: CurrentLocation
  }
  /** Where a driver was, oldest first. */
  'GET /v1/drivers/{driver_id}/route': {
    params: { readonly driver_id: string }
    query: { readonly start_time?: string | undefined; readonly end_time?: string | undefined; readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly format?: 'json' | 'geojson' | undefined }
    body: undefined
    answer: { readonly data: readonly ({ readonly latitude: number; readonly longitude: number; readonly speed: number | null; readonly heading: number | null; readonly accuracy: number | null; readonly recorded_at: string; readonly received_at: string; readonly order_id: string | null })[]; readonly next_cursor: string | null } | RouteFeature
  }
  /** Figures of the last hour, by minutes. */
  'GET /v1/figures': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: Figures
  }
  /** API keys, newest first. */
  'GET /v1/keys': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Key)[]; readonly next_cursor: string | null }
  }
  /** One API key. */
  'GET /v1/keys/{key_id}': {
    params: { readonly key_id: string }
    query: NoFields
    body: undefined
    answer: Key
  }
  /** Whom the credential speaks for, and what it may do. */
  'GET /v1/me': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: Me
  }
  /** The offers that a driver can accept now. */
  'GET /v1/offers': {
    params: NoFields
    query: { readonly driver_id: string }
    body: undefined
    answer: { readonly data: readonly (Offer)[]; readonly next_cursor: null }
  }
  /** Orders, newest first. */
  'GET /v1/orders': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly status?: string | undefined; readonly customer_id?: string | undefined; readonly driver_id?: string | undefined; readonly reference?: string | undefined; readonly created_after?: string | undefined; readonly created_before?: string | undefined; readonly due_after?: string | undefined; readonly due_before?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Order)[]; readonly next_cursor: string | null }
  }
  /** One order. */
  'GET /v1/orders/{order_id}': {
    params: { readonly order_id: string }
    query: NoFields
    body: undefined
    answer: Order
  }
  /** Why this driver, and why not the others. */
  'GET /v1/orders/{order_id}/decisions': {
    params: { readonly order_id: string }
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Decision)[]; readonly next_cursor: string | null }
  }
  /** Where the driver of an order is. As a socket: follow it. */
  'GET /v1/orders/{order_id}/driver-location': {
    params: { readonly order_id: string }
    query: NoFields
    body: undefined
    answer: CurrentLocation | Tracking | string
  }
  /** What happened to an order, oldest first. */
  'GET /v1/orders/{order_id}/events': {
    params: { readonly order_id: string }
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (OrderEvent)[]; readonly next_cursor: string | null }
  }
  /** The ratings of an order: to each side its own, to dispatchers both. */
  'GET /v1/orders/{order_id}/ratings': {
    params: { readonly order_id: string }
    query: NoFields
    body: undefined
    answer: { readonly data: readonly (Rating)[]; readonly next_cursor: null }
  }
  /** Where a phone is, in the OsmAnd protocol of Traccar Client. */
  'GET /v1/osmand': {
    params: NoFields
    query: { readonly token?: string | undefined; readonly id?: string | undefined; readonly lat?: number | undefined; readonly lon?: number | undefined; readonly timestamp?: string | undefined; readonly speed?: number | undefined; readonly bearing?: number | undefined; readonly accuracy?: number | undefined; readonly altitude?: number | undefined; readonly batt?: number | undefined }
    body: undefined
    answer: { readonly driver_id: string; readonly recorded_at: string; readonly status: 'committed' | 'late' | 'ignored'; readonly reason?: 'duplicate' | 'implausible_jump' | 'not_valid' | undefined }
  }
  /** Rulesets, newest first. */
  'GET /v1/pricing/rulesets': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Ruleset)[]; readonly next_cursor: string | null }
  }
  /** One ruleset. */
  'GET /v1/pricing/rulesets/{version}': {
    params: { readonly version: string }
    query: NoFields
    body: undefined
    answer: Ruleset
  }
  /** The multipliers of price cells, of their last stored rounds. */
  'GET /v1/surge': {
    params: NoFields
    query: { readonly cells: string }
    body: undefined
    answer: Surge
  }
  /** The virtual couriers on duty. */
  'GET /v1/test/drivers': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly data: readonly (VirtualCourier)[]; readonly next_cursor: null }
  }
  /** Vehicles, newest first. */
  'GET /v1/vehicles': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly type?: string | undefined; readonly driver_id?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Vehicle)[]; readonly next_cursor: string | null }
  }
  /** One vehicle. */
  'GET /v1/vehicles/{vehicle_id}': {
    params: { readonly vehicle_id: string }
    query: NoFields
    body: undefined
    answer: Vehicle
  }
  /** Endpoints, newest first. */
  'GET /v1/webhooks': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (Webhook)[]; readonly next_cursor: string | null }
  }
  /** One endpoint. */
  'GET /v1/webhooks/{webhook_id}': {
    params: { readonly webhook_id: string }
    query: NoFields
    body: undefined
    answer: Webhook
  }
  /** What an endpoint was sent, newest first. Dead letters with `state=dead`. */
  'GET /v1/webhooks/{webhook_id}/deliveries': {
    params: { readonly webhook_id: string }
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly state?: 'pending' | 'delivered' | 'dead' | undefined; readonly type?: string | undefined; readonly object_id?: string | undefined; readonly created_after?: string | undefined; readonly created_before?: string | undefined }
    body: undefined
    answer: { readonly data: readonly (WebhookDelivery)[]; readonly next_cursor: string | null }
  }
  /** Zones, newest first. */
  'GET /v1/zones': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly kind?: 'service_area' | 'geofence' | 'price_area' | undefined }
    body: undefined
    answer: { readonly data: readonly (Zone)[]; readonly next_cursor: string | null }
  }
  /** One zone. */
  'GET /v1/zones/{zone_id}': {
    params: { readonly zone_id: string }
    query: NoFields
    body: undefined
    answer: Zone
  }
  /** What runs here. */
  'GET /version': {
    params: NoFields
    query: NoFields
    body: undefined
    answer: { readonly name: string; readonly version: string; readonly bun: string }
  }
  /** Change what is known of a driver. */
  'PATCH /v1/drivers/{driver_id}': {
    params: { readonly driver_id: string }
    query: NoFields
    body: DriverPatch
    answer: Driver
  }
  /** Change an order. */
  'PATCH /v1/orders/{order_id}': {
    params: { readonly order_id: string }
    query: NoFields
    body: OrderPatch
    answer: Order
  }
  /** Tell a virtual courier to behave otherwise. */
  'PATCH /v1/test/drivers/{driver_id}': {
    params: { readonly driver_id: string }
    query: NoFields
    body: { readonly behaviour: 'accept' | 'decline' | 'stall' | 'no_show' | 'drop_out' }
    answer: VirtualCourier
  }
  /** Change a vehicle, give it to a driver, or plan its maintenance. */
  'PATCH /v1/vehicles/{vehicle_id}': {
    params: { readonly vehicle_id: string }
    query: NoFields
    body: VehiclePatch
    answer: Vehicle
  }
  /** Change an endpoint; disable it, or enable it again. */
  'PATCH /v1/webhooks/{webhook_id}': {
    params: { readonly webhook_id: string }
    query: NoFields
    body: WebhookPatch
    answer: Webhook
  }
  /** Draw a zone anew, or call it otherwise. */
  'PATCH /v1/zones/{zone_id}': {
    params: { readonly zone_id: string }
    query: NoFields
    body: ZonePatch
    answer: Zone
  }
  /** Where a driver is. */
  'POST /api/v1/drivers/{driver_id}/location': {
    params: { readonly driver_id: string }
    query: NoFields
    body: Location
    answer: { readonly driver_id: string; readonly recorded_at: string; readonly status: 'committed' | 'late' | 'ignored'; readonly reason?: 'duplicate' | 'implausible_jump' | 'not_valid' | undefined }
  }
  /** Register a driver. */
  'POST /v1/drivers': {
    params: NoFields
    query: NoFields
    body: NewDriver
    answer: Driver
  }
  /** Where a driver is. */
  'POST /v1/drivers/{driver_id}/location': {
    params: { readonly driver_id: string }
    query: NoFields
    body: Location
    answer: { readonly driver_id: string; readonly recorded_at: string; readonly status: 'committed' | 'late' | 'ignored'; readonly reason?: 'duplicate' | 'implausible_jump' | 'not_valid' | undefined }
  }
  /** Make an API key. */
  'POST /v1/keys': {
    params: NoFields
    query: NoFields
    body: NewKey
    answer: MadeKey
  }
  /** Give a key another secret. */
  'POST /v1/keys/{key_id}/rotate': {
    params: { readonly key_id: string }
    query: NoFields
    body: { readonly grace_s?: number | null | undefined } | undefined
    answer: MadeKey
  }
  /** Where many drivers are. */
  'POST /v1/locations': {
    params: NoFields
    query: NoFields
    body: { readonly locations: readonly (BatchRow)[] }
    answer: { readonly committed: number; readonly late: number; readonly ignored: number; readonly rejected: readonly ({ readonly index: number; readonly code: string; readonly message: string })[] }
  }
  /** Accept an offer for its driver. */
  'POST /v1/offers/{offer_id}/accept': {
    params: { readonly offer_id: string }
    query: NoFields
    body: undefined
    answer: Order
  }
  /** Decline an offer for its driver. */
  'POST /v1/offers/{offer_id}/decline': {
    params: { readonly offer_id: string }
    query: NoFields
    body: { readonly reason?: string | null | undefined } | undefined
    answer: Order
  }
  /** Book a trip. */
  'POST /v1/orders': {
    params: NoFields
    query: NoFields
    body: NewOrder
    answer: Order
  }
  /** Give an order to a driver, or to another one. */
  'POST /v1/orders/{order_id}/assign': {
    params: { readonly order_id: string }
    query: NoFields
    body: { readonly driver_id: string }
    answer: Order
  }
  /** Cancel an order. */
  'POST /v1/orders/{order_id}/cancel': {
    params: { readonly order_id: string }
    query: NoFields
    body: { readonly reason: string }
    answer: Order
  }
  /** Nobody has come to the pickup. */
  'POST /v1/orders/{order_id}/no-show': {
    params: { readonly order_id: string }
    query: NoFields
    body: undefined
    answer: Order
  }
  /** Rate the other side of an order that is over. */
  'POST /v1/orders/{order_id}/ratings': {
    params: { readonly order_id: string }
    query: NoFields
    body: NewRating
    answer: Rating
  }
  /** The next step of a trip. No step is skipped; a repeat changes nothing. */
  'POST /v1/orders/{order_id}/status': {
    params: { readonly order_id: string }
    query: NoFields
    body: { readonly status: 'scheduled' | 'placed' | 'assigned' | 'en_route_to_pickup' | 'at_pickup' | 'en_route_to_dropoff' | 'delivered' | 'cancelled' | 'expired'; readonly proof?: { readonly pin?: string | null | undefined; readonly photo?: { readonly ref: string; readonly sha256: string } | null | undefined; readonly signature?: { readonly ref: string; readonly sha256: string } | null | undefined; readonly waived_because?: string | null | undefined } | null | undefined }
    answer: Order
  }
  /** Take an order back from its driver, before pickup; it looks for another one. */
  'POST /v1/orders/{order_id}/unassign': {
    params: { readonly order_id: string }
    query: NoFields
    body: { readonly reason: string }
    answer: Order
  }
  /** Where a phone is, in the OsmAnd protocol of Traccar Client. */
  'POST /v1/osmand': {
    params: NoFields
    query: { readonly token?: string | undefined; readonly id?: string | undefined; readonly lat?: number | undefined; readonly lon?: number | undefined; readonly timestamp?: string | undefined; readonly speed?: number | undefined; readonly bearing?: number | undefined; readonly accuracy?: number | undefined; readonly altitude?: number | undefined; readonly batt?: number | undefined }
    body: undefined
    answer: { readonly driver_id: string; readonly recorded_at: string; readonly status: 'committed' | 'late' | 'ignored'; readonly reason?: 'duplicate' | 'implausible_jump' | 'not_valid' | undefined }
  }
  /** Make a ruleset: prices as data, for everywhere or for some cities, from a time on. */
  'POST /v1/pricing/rulesets': {
    params: NoFields
    query: NoFields
    body: NewRuleset
    answer: Ruleset
  }
  /** What a ruleset would have charged for quotes of the past. Makes nothing. */
  'POST /v1/pricing/rulesets/preview': {
    params: NoFields
    query: { readonly limit?: number | undefined; readonly created_after?: string | undefined; readonly created_before?: string | undefined }
    body: NewRuleset
    answer: RulesetPreview
  }
  /** What a trip costs, as a promise until `expires_at`, for one order. */
  'POST /v1/quotes': {
    params: NoFields
    query: NoFields
    body: NewQuote
    answer: Quote
  }
  /** Put a virtual courier on duty. */
  'POST /v1/test/drivers': {
    params: NoFields
    query: NoFields
    body: NewVirtualCourier
    answer: MadeVirtualCourier
  }
  /** Add a vehicle. */
  'POST /v1/vehicles': {
    params: NoFields
    query: NoFields
    body: NewVehicle
    answer: Vehicle
  }
  /** Be told what happens, at an endpoint of yours. */
  'POST /v1/webhooks': {
    params: NoFields
    query: NoFields
    body: NewWebhook
    answer: MadeWebhook
  }
  /** Send a delivery again that has ended, dead or delivered. */
  'POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay': {
    params: { readonly webhook_id: string; readonly delivery_id: string }
    query: NoFields
    body: undefined
    answer: WebhookDelivery
  }
  /** Give an endpoint another secret. */
  'POST /v1/webhooks/{webhook_id}/rotate-secret': {
    params: { readonly webhook_id: string }
    query: NoFields
    body: { readonly grace_s?: number | null | undefined } | undefined
    answer: MadeWebhook
  }
  /** Send an endpoint a `webhook.test`. */
  'POST /v1/webhooks/{webhook_id}/test': {
    params: { readonly webhook_id: string }
    query: NoFields
    body: undefined
    answer: WebhookDelivery
  }
  /** Draw a zone. */
  'POST /v1/zones': {
    params: NoFields
    query: NoFields
    body: NewZone
    answer: Zone
  }
  /** Begin, pause or end work. */
  'PUT /v1/drivers/{driver_id}/availability': {
    params: { readonly driver_id: string }
    query: NoFields
    body: { readonly status: 'available' | 'paused' | 'offline' }
    answer: Driver
  }
}

/** Those that take an `Idempotency-Key`. */
export const IDEMPOTENT: ReadonlySet<keyof Operations> = new Set<keyof Operations>([
  'POST /v1/drivers',
  'POST /v1/keys',
  'POST /v1/orders',
  'POST /v1/orders/{order_id}/ratings',
  'POST /v1/pricing/rulesets',
  'POST /v1/quotes',
  'POST /v1/test/drivers',
  'POST /v1/vehicles',
  'POST /v1/webhooks',
  'POST /v1/zones',
])
