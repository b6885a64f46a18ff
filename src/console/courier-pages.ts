/**
 * The courier's page, which can be installed: its HTML, manifest and worker, and the files that they name. A build of its own, made when it is
 * first asked for: a phone loads nothing of the console's, and the version that its worker keeps is that of these files alone.
 */
import { join } from 'node:path'
import { type Asset, assetOf, assetsOf } from './asset.ts'
import { iconPng } from './icon.ts'
import { policyOf } from './page.ts'

const COURIER = join(import.meta.dir, '../web/courier')
const PAGE = '/courier'
const THEME = '#d98a00'
const HEADERS = {
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const PAGE_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyOf(null) }
/** Of this page alone. */
export const COURIER_PREFIX = 'courier-'

export type CourierFile = 'page' | 'manifest' | 'worker'

interface CourierBuild {
  readonly version: string
  readonly assets: ReadonlyMap<string, Asset>
  readonly script: string
  readonly styles: readonly string[]
  readonly worker: string
}

interface Icon {
  readonly name: string
  readonly sizePx: number
  readonly purpose: 'any' | 'maskable'
}

export class CourierPages {
  #build: Promise<CourierBuild> | null = null

  async file(file: CourierFile): Promise<Response> {
    const build = await this.#built()
    switch (file) {
      case 'page':
        return answer(html(build), PAGE_HEADERS)
      case 'manifest':
        return answer(JSON.stringify(manifest(build)), { 'content-type': 'application/manifest+json' })
      case 'worker':
        return answer(worker(build), { 'content-type': 'text/javascript; charset=utf-8' })
    }
  }

  async asset(name: string): Promise<Asset | null> {
    return (await this.#built()).assets.get(name) ?? null
  }

  /** One that failed is tried again by the next who asks. */
  #built(): Promise<CourierBuild> {
    this.#build ??= buildCourier().catch((error: unknown) => {
      this.#build = null
      throw error
    })
    return this.#build
  }
}

/** @throws where the page cannot be made. */
export async function buildCourier(): Promise<CourierBuild> {
  const [page, worker] = await Promise.all([bundle('main.tsx'), bundle('service-worker.ts')])
  const icons = [iconAsset(192, 'any'), iconAsset(512, 'any'), iconAsset(512, 'maskable'), iconAsset(180, 'maskable')]
  const assets = await Promise.all([
    assetsOf(page, COURIER_PREFIX),
    Promise.all(icons.map(({ name, bytes }) => assetOf(name, bytes))),
  ]).then(parts => parts.flat())
  const names = assets.map(({ name }) => name)
  return {
    version: Bun.hash(names.toSorted().join(' ')).toString(36),
    assets: new Map(assets.map(asset => [asset.name, asset])),
    script: names.find(name => name.endsWith('.js')) ?? '',
    styles: names.filter(name => name.endsWith('.css')),
    worker: (await worker[0]?.text()) ?? '',
  }
}

async function bundle(entry: string) {
  const { outputs } = await Bun.build({
    entrypoints: [join(COURIER, entry)],
    target: 'browser',
    format: 'esm',
    minify: true,
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputs
}

function iconAsset(
  sizePx: number,
  purpose: Icon['purpose'],
): { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } {
  const bytes = iconPng(sizePx, purpose === 'any' ? 'cell' : 'maskable')
  return { name: `${COURIER_PREFIX}icon-${purpose}-${sizePx}-${Bun.hash(bytes).toString(36)}.png`, bytes }
}

function iconsOf({ assets }: CourierBuild): Icon[] {
  return [...assets.keys()].flatMap(name => {
    const found = /^courier-icon-(any|maskable)-(\d+)-/.exec(name)
    return found === null ? [] : [{ name, purpose: found[1] as Icon['purpose'], sizePx: Number(found[2]) }]
  })
}

/** Installed by a browser that finds this, the worker and the icons, over HTTPS. */
function manifest(build: CourierBuild): object {
  return {
    id: PAGE,
    name: 'Waggle courier',
    short_name: 'Courier',
    description: 'Offers, orders and positions of a courier.',
    start_url: PAGE,
    scope: PAGE,
    display: 'standalone',
    orientation: 'portrait',
    background_color: '#12161a',
    theme_color: THEME,
    icons: iconsOf(build).map(({ name, sizePx, purpose }) => ({
      src: `/assets/${name}`,
      sizes: `${sizePx}x${sizePx}`,
      type: 'image/png',
      purpose,
    })),
  }
}

/** Nothing but where its files are; the policy allows no script and no style but those. */
function html(build: CourierBuild): string {
  const touch = iconsOf(build).find(({ sizePx }) => sizePx === 180)?.name ?? ''
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
    '<meta name="color-scheme" content="light dark">',
    `<meta name="theme-color" content="${THEME}">`,
    '<title>Waggle courier</title>',
    '<link rel="manifest" href="/courier.webmanifest">',
    '<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">',
    `<link rel="apple-touch-icon" href="/assets/${touch}">`,
    ...build.styles.map(name => `<link rel="stylesheet" href="/assets/${name}">`),
    `<script type="module" src="/assets/${build.script}"></script>`,
    '</head><body><div id="app"><p class="late">Nothing to see? Please load this page again.</p></div>',
    '<noscript>This page works with the phone’s position and needs JavaScript.</noscript></body></html>',
  ].join('\n')
}

/**
 * With the page and what else it keeps in front: another build is another worker, byte for byte, which is how a browser sees that there is
 * one. The page is answered from there, so it needs the headers that it has here: its policy above all.
 */
function worker(build: CourierBuild): string {
  const { version, assets } = build
  const files = ['/courier.webmanifest', '/assets/icon.svg', ...[...assets.keys()].map(name => `/assets/${name}`)]
  const page = { path: PAGE, html: html(build), headers: { ...HEADERS, ...PAGE_HEADERS } }
  return `const SHELL=${JSON.stringify({ version, page, files })};\n${build.worker}`
}

function answer(body: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(body, { headers: { ...HEADERS, ...headers } })
}
