/**
 * Keeps the page itself on the phone, so that an installed app opens without a network. Nothing of the API is ever kept here: orders and positions
 * are the page's own to keep, and to forget.
 *
 * The files of one build are kept together under its version, and the page that names them comes with this script. It is never asked for: behind a
 * balancer it may be of another build than the files, and then nothing would start. A new build is another script, which the browser looks for at each
 * opening; it replaces the old one once all of its files have come, and the page says so. Those of the one before stay for a page that is still open.
 */
declare const self: {
  readonly location: Location
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: Lived) => void): void
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void
}
/** As the standard has them: the types of workers and of pages cannot be had together. */
interface Lived {
  waitUntil(until: Promise<unknown>): void
}
interface Asked {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
/** Stands in front of this script when it is sent. */
declare const SHELL: {
  readonly version: string
  readonly page: {
    readonly path: string
    readonly html: string
    readonly headers: Readonly<Record<string, string>>
  }
  readonly files: readonly string[]
}

const PREFIX = 'waggle-courier-'
const CACHE = `${PREFIX}${SHELL.version}`
/** The present build and the one before. */
const CACHES_MAX = 2

self.addEventListener('install', event => {
  event.waitUntil(install())
})

self.addEventListener('activate', event => {
  event.waitUntil(activate())
})

self.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname === SHELL.page.path && request.mode === 'navigate') event.respondWith(page(request))
  else if (SHELL.files.includes(pathname)) event.respondWith(kept(request))
})

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  // All or none: a node of another build has not these.
  await cache.addAll(SHELL.files)
  await self.skipWaiting()
}

async function activate(): Promise<void> {
  const names = (await caches.keys()).filter(name => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(names.slice(0, Math.max(0, names.length - (CACHES_MAX - 1))).map(name => caches.delete(name)))
  await self.clients.claim()
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  const kept = await Promise.all(SHELL.files.map(file => cache.match(file, { ignoreVary: true })))
  // A browser that needs room throws away what it likes: then only the node can have a page and its files.
  if (kept.includes(undefined)) return fetch(request)
  const { html, headers } = SHELL.page
  return new Response(html, { headers })
}

/** Its name changes with what is in it. */
async function kept(request: Request): Promise<Response> {
  const own = await (await caches.open(CACHE)).match(request, { ignoreVary: true })
  // Of a page that is open since before this build.
  return own ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request)
}
