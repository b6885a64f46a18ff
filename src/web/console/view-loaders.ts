/** Each view beside the map is a file of its own, fetched when it is first looked at. */
import type { ComponentType } from 'preact'
import type { ViewName } from './route.ts'

type Loader = () => Promise<ComponentType<{ id: string | null }>>

export const LOADERS: Readonly<Record<Exclude<ViewName, 'map'>, Loader>> = {
  fleet: async () => (await import('../views/fleet/fleet-view.tsx')).FleetView,
  vehicles: async () => (await import('../views/vehicles/vehicles-view.tsx')).VehiclesView,
  zones: async () => (await import('../views/zones/zones-view.tsx')).ZonesView,
  prices: async () => (await import('../views/prices/prices-view.tsx')).PricesView,
  webhooks: async () => (await import('../views/webhooks/webhooks-view.tsx')).WebhooksView,
  'dead-letters': async () => (await import('../views/dead-letters/dead-letters-view.tsx')).DeadLettersView,
  keys: async () => (await import('../views/keys/keys-view.tsx')).KeysView,
  audit: async () => (await import('../views/audit/audit-view.tsx')).AuditView,
  cluster: async () => (await import('../views/cluster/cluster-view.tsx')).ClusterView,
}
