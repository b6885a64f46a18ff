/** Views by their addresses: behind the `#`, so that the node serves one page, and a link to a view can be kept and sent. */
export const VIEW_NAMES = [
  'map',
  'fleet',
  'vehicles',
  'zones',
  'prices',
  'webhooks',
  'dead-letters',
  'keys',
  'audit',
  'cluster',
] as const
export type ViewName = (typeof VIEW_NAMES)[number]

export interface Route {
  readonly view: ViewName
  /** What in it is looked at: `#/webhooks/whk_…`. */
  readonly id: string | null
}

const HOME: Route = { view: 'map', id: null }

/** An address that says nothing leads home. */
export function routeOf(hash: string): Route {
  const [, name = '', id = ''] = hash.replace(/^#/, '').split('/')
  const view = VIEW_NAMES.find(known => known === name)
  if (view === undefined) return HOME
  return { view, id: id === '' ? null : decoded(id) }
}

export function hrefOf(view: ViewName, id: string | null = null): string {
  return id === null ? `#/${view}` : `#/${view}/${encodeURIComponent(id)}`
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}
