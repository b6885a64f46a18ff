import type { ViewName } from './route.ts'

/** Drawn on 20 × 20, with one pen. */
const PATHS: Readonly<Record<ViewName, string>> = {
  map: 'M3 5l5-2 4 2 5-2v12l-5 2-4-2-5 2zM8 3v12M12 5v12',
  fleet: 'M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.5 17c.6-3.2 3-5 6.5-5s5.9 1.8 6.5 5',
  vehicles:
    'M2.5 5h9v8.500h-9zM11.5 8h3.500l2.5 2.800v2.700h-6zM5.5 15.800a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.400zM14 15.800a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.400z',
  zones: 'M4 6l6-3 6.5 4.500L14 16H6zM4 6h.01M10 3h.01M16.5 7.500h.01M14 16h.01M6 16h.01',
  prices: 'M10.5 3H16a1 1 0 0 1 1 1v5.500l-7.5 7.500L3 10.500zM13.6 6.400h.01',
  webhooks: 'M7 8.500a3 3 0 1 1 4.5.6L14 13M10.5 7l-3.3 6.200M6.2 12a2.6 2.6 0 1 0 2.3 3.200H14a2.3 2.3 0 1 0-1-3.8',
  'dead-letters': 'M3 5.500h14v9.500H3zM3 6l7 5.200L17 6M8 17.500l4-4M12 17.500l-4-4',
  keys: 'M12.5 11.500a4 4 0 1 0-3.3-1.700L3 16v1.500h3V15.500h2v-2h1.500l1.2-1.600zM13.5 6.500h.01',
  audit: 'M5 3h7l3.5 3.500V17H5zM8 9.500h5M8 12h5M8 14.500h3',
  cluster:
    'M10 2.800l3.3 1.900v3.700L10 10.3 6.7 8.400V4.700zM6.2 9.700l3.2 1.900v3.700l-3.2 1.9-3.2-1.900v-3.700zM13.8 9.700l3.2 1.900v3.700l-3.2 1.9-3.2-1.900v-3.700z',
}

export function NavIcon({ name }: { name: ViewName }) {
  return (
    <svg class="nav-icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
