/** The views of the console, as the navigation shows them. */
import type { ViewName } from './route.ts'

export interface ViewEntry {
  readonly name: ViewName
  readonly label: string
  /** What the reader must be allowed to do for it to be of any use. Null: whoever may sign in. */
  readonly needs: string | null
}

export const VIEWS: readonly ViewEntry[] = [
  { name: 'map', label: 'Map', needs: null },
  { name: 'fleet', label: 'Drivers', needs: 'GET /v1/drivers' },
  { name: 'vehicles', label: 'Vehicles', needs: 'GET /v1/vehicles' },
  { name: 'zones', label: 'Zones', needs: 'GET /v1/zones' },
  { name: 'prices', label: 'Prices', needs: 'GET /v1/pricing/rulesets' },
  { name: 'webhooks', label: 'Webhooks', needs: 'GET /v1/webhooks' },
  { name: 'dead-letters', label: 'Dead letters', needs: 'GET /v1/dead-letters' },
  { name: 'keys', label: 'Keys', needs: 'GET /v1/keys' },
  { name: 'audit', label: 'Audit log', needs: 'GET /v1/audit-log' },
  { name: 'cluster', label: 'Cluster', needs: 'GET /v1/cluster' },
]
