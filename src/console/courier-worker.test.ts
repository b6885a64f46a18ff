/** The worker that is sent, in a browser's place: a cache in memory and a network that may have another build, or be none. */
import { beforeAll, expect, test } from 'bun:test'
import { WebPages } from './web-pages.ts'

const ORIGIN = 'https://dispatch.example'
const pages = new WebPages({ styleUrl: null, streets: null, staleS: 60 })

let script: string
let html: string
let files: readonly string[]

beforeAll(async () => {
  script = await (await pages.courier('worker')).text()
  html = await (await pages.courier('page')).text()
  files = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(match => match[1] ?? '')
})

type Network = (path: string) => Response

const own: Network = path => (path === '/courier' ? new Response(html) : new Response(`this build's ${path}`))
const newer: Network = path =>
  path === '/courier' ? new Response('<script src="/assets/newer.js">') : new Response('?', { status: 404 })
const none: Network = () => Response.error()

class FakeCache {
  readonly kept = new Map<string, Response>()
  readonly #fetch: (request: Request | string) => Promise<Response>

  constructor(fetch: (request: Request | string) => Promise<Response>) {
    this.#fetch = fetch
  }

  /** As the standard has it: all, or none. */
  async addAll(requests: readonly (Request | string)[]): Promise<void> {
    const answers = await Promise.all(
      requests.map(async request => [pathOf(request), await this.#fetch(request)] as const),
    )
    if (answers.some(([, { ok }]) => !ok)) throw new TypeError('One of them was no success.')
    for (const [path, response] of answers) this.kept.set(path, response)
  }

  async match(request: Request | string): Promise<Response | undefined> {
    return this.kept.get(pathOf(request))?.clone() as Response | undefined
  }
}

function pathOf(request: Request | string): string {
  return new URL(typeof request === 'string' ? request : request.url, ORIGIN).pathname
}

/** A browser that has nothing of the page yet. */
class Phone {
  network: Network = own
  readonly caches = new Map<string, FakeCache>()
  readonly #listeners = new Map<string, (event: object) => void>()

  constructor() {
    const fetch = async (request: Request | string) => {
      const response = this.network(pathOf(request))
      if (response.type === 'error') throw new TypeError('There is no network.')
      return response
    }
    const open = async (name: string) => {
      const cache = this.caches.get(name) ?? new FakeCache(fetch)
      this.caches.set(name, cache)
      return cache
    }
    const match = async (request: Request) => {
      for (const cache of this.caches.values()) {
        const found = await cache.match(request)
        if (found !== undefined) return found
      }
      return undefined
    }
    const keys = async () => [...this.caches.keys()]
    const self = {
      location: new URL(ORIGIN),
      clients: { claim: async () => undefined },
      skipWaiting: async () => undefined,
      addEventListener: (type: string, listener: (event: object) => void) => this.#listeners.set(type, listener),
    }
    const within = class extends Request {
      constructor(address: string, init?: RequestInit) {
        super(new URL(address, ORIGIN).href, init)
      }
    }
    new Function('self', 'caches', 'fetch', 'Request', script)(self, { open, match, keys }, fetch, within)
  }

  async install(): Promise<void> {
    const until: Promise<unknown>[] = []
    this.#listeners.get('install')?.({ waitUntil: (work: Promise<unknown>) => until.push(work) })
    await Promise.all(until)
  }

  async ask(path: string, mode: 'navigate' | 'cors' = 'cors'): Promise<Response | null> {
    let answer: Promise<Response> | null = null
    const request = { url: `${ORIGIN}${path}`, method: 'GET', mode }
    const respondWith = (response: Promise<Response>) => {
      answer = response
    }
    this.#listeners.get('fetch')?.({ request, respondWith })
    return answer
  }
}

test('the page and its files are of one build, whatever the node has by now, and without a network', async () => {
  const phone = new Phone()
  await phone.install()
  for (const network of [newer, none, own]) {
    phone.network = network
    expect(await (await phone.ask('/courier', 'navigate'))?.text()).toBe(html)
    for (const file of files) expect(await (await phone.ask(file))?.text()).toBe(`this build's ${file}`)
  }
})

test('what the worker answers allows no more than what the node does', async () => {
  const phone = new Phone()
  await phone.install()
  const [here, there] = [(await phone.ask('/courier', 'navigate'))?.headers, (await pages.courier('page')).headers]
  for (const name of ['content-type', 'content-security-policy', 'referrer-policy', 'x-content-type-options'])
    expect([name, here?.get(name)]).toEqual([name, there.get(name)])
})

test('nothing of a build is kept where the node that answers has another', async () => {
  const phone = new Phone()
  phone.network = newer
  await expect(phone.install()).rejects.toThrow()
  phone.network = path => (path.endsWith('.js') ? newer(path) : own(path))
  await expect(phone.install()).rejects.toThrow()
})

test('where the browser has thrown the files away, page and files are the node’s', async () => {
  const phone = new Phone()
  await phone.install()
  for (const cache of phone.caches.values()) cache.kept.clear()
  phone.network = newer
  expect(await (await phone.ask('/courier', 'navigate'))?.text()).toContain('newer.js')
})

test('nothing of the API is answered, and no page but this one', async () => {
  const phone = new Phone()
  await phone.install()
  for (const path of ['/v1/orders', '/map.json', '/']) expect(await phone.ask(path, 'navigate')).toBeNull()
})
