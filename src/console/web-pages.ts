/** The pages and their files, ready to be answered: made once, kept in memory. */
import type { Pages } from '../http/context.ts'
import type { Asset } from './asset.ts'
import { buildWeb, type WebBuild } from './build.ts'
import { COURIER_PREFIX, type CourierFile, CourierPages } from './courier-pages.ts'
import { consoleHtml, ICON, NOT_MADE, policyOf } from './page.ts'
import { buildTracking, type TrackingBuild } from './tracking-build.ts'
import { trackingResponse } from './tracking-page.ts'

const TRY_AGAIN_S = 10
const FOR_EVER = 'public, max-age=31536000, immutable'

export interface WebPagesOptions {
  /** Null: the plain style of our own. */
  readonly styleUrl: string | null
  /** GeoJSON of the streets of a city that is made up; null where the city is a real one. */
  readonly streets: object | null
  /** A position older than this is shown as old. */
  readonly staleS: number
  readonly build?: () => Promise<WebBuild>
  /** The pages could not be made: whoever asks next has it tried again. */
  readonly onFailure?: (error: unknown) => void
}

export class WebPages implements Pages {
  readonly #options: WebPagesOptions
  readonly #courier = new CourierPages()
  #build: Promise<WebBuild> | null = null
  #tracking: Promise<TrackingBuild> | null = null

  constructor(options: WebPagesOptions) {
    this.#options = options
  }

  /** Whoever asks first waits less. What fails is told to whoever asks. */
  makeAhead(): void {
    this.#built().catch(() => undefined)
  }

  async console(): Promise<Response> {
    const html = await this.#built().then(consoleHtml, () => null)
    return new Response(html ?? NOT_MADE, {
      status: html === null ? 503 : 200,
      headers: {
        ...(html === null ? { 'retry-after': `${TRY_AGAIN_S}` } : {}),
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': policyOf(this.#options.styleUrl),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    })
  }

  async tracking(answer: Response | null): Promise<Response> {
    const [page, { scripts }] = await Promise.all([this.#builtTracking(), this.#built()])
    return trackingResponse({ page, scripts, styleUrl: this.#options.styleUrl }, answer)
  }

  map(): object {
    return { style_url: this.#options.styleUrl, streets: this.#options.streets, stale_s: this.#options.staleS }
  }

  courier(file: CourierFile): Promise<Response> {
    return this.#courier.file(file)
  }

  async asset(name: string, accepted: string): Promise<Response | null> {
    if (name === 'icon.svg') return new Response(ICON, { headers: headersOf('image/svg+xml') })
    const asset = await this.#asset(name)
    if (!asset) return null
    const headers = headersOf(asset.contentType)
    if (/\bbr\b/.test(accepted)) return new Response(asset.br, { headers: { ...headers, 'content-encoding': 'br' } })
    if (/\bgzip\b/.test(accepted)) {
      return new Response(asset.gzip, { headers: { ...headers, 'content-encoding': 'gzip' } })
    }
    return new Response(asset.plain, { headers })
  }

  /** Out of the bundle that its name says. The tracking page's map is one of those that are shared. */
  async #asset(name: string): Promise<Asset | null> {
    if (name.startsWith(COURIER_PREFIX)) return this.#courier.asset(name)
    const own = name.startsWith('track') ? (await this.#builtTracking()).assets.get(name) : undefined
    return own ?? (await this.#built()).assets.get(name) ?? null
  }

  #builtTracking(): Promise<TrackingBuild> {
    this.#tracking ??= buildTracking().catch((error: unknown) => {
      this.#tracking = null
      throw error
    })
    return this.#tracking
  }

  /** One that failed is tried again by the next who asks. */
  #built(): Promise<WebBuild> {
    const { build = buildWeb, onFailure } = this.#options
    this.#build ??= build().catch((error: unknown) => {
      this.#build = null
      onFailure?.(error)
      throw error
    })
    return this.#build
  }
}

function headersOf(contentType: string): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': FOR_EVER,
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
  }
}
