/** What a reader loads for each page, from the bundler itself: our code is small on purpose, and this is where it would be seen to grow. */
import type { Asset } from '../../src/console/asset.ts'
import { buildWeb, type WebBuild } from '../../src/console/build.ts'
import { buildCourier } from '../../src/console/courier-pages.ts'
import { buildTracking, type TrackingBuild } from '../../src/console/tracking-build.ts'

const MAP_LIBRARY = ['maplibre-gl', 'maplibre-gl/*']
const IMPORTED = /(?:\bfrom|\bimport)\s*(\(?)\s*["'`]\.\/([^"'`]+)["'`]/g
const TRACKING_MAP = 'tracking-map'
const KB = 1_000
/** Besides the map library, by brotli: what a phone on a slow network loads to see where its courier is. */
const BUDGETS_BYTES: Readonly<Record<string, number>> = { tracking: 150 * KB }

export interface PageSize {
  readonly page: string
  /** What the page waits for. */
  readonly first: Bytes
  /** With what it loads later, when it is wanted. */
  readonly whole: Bytes
  /** The same without the map library. */
  readonly ours: Bytes
}

export interface Bytes {
  readonly raw: number
  readonly br: number
}

/** @throws where the pages cannot be bundled. */
export async function pageSizes(): Promise<PageSize[]> {
  const [full, bare, tracking, courier] = await Promise.all([
    buildWeb(),
    buildWeb(MAP_LIBRARY),
    buildTracking(),
    buildCourier(),
  ])
  return [
    ...['console', 'feed'].map(page => ({
      page,
      first: bytesOf(filesOf(full, page, 'first')),
      whole: bytesOf(filesOf(full, page, 'whole')),
      ours: bytesOf(filesOf(bare, page, 'whole')),
    })),
    trackingSize(tracking, filesOf(full, TRACKING_MAP, 'whole'), filesOf(bare, TRACKING_MAP, 'whole')),
    sizeOfAll('courier', courier.assets),
  ]
}

/** A build of its own, and the map later, out of the other build. Styles of the map library are the map library. */
function trackingSize({ assets, mapStyle }: TrackingBuild, map: Set<Asset>, bareMap: Set<Asset>): PageSize {
  const page = [...assets.values()].filter(({ name }) => name !== mapStyle)
  return {
    page: 'tracking',
    first: bytesOf(new Set(page)),
    whole: bytesOf(new Set([...assets.values(), ...map])),
    ours: bytesOf(new Set([...page, ...bareMap])),
  }
}

function sizeOfAll(page: string, assets: ReadonlyMap<string, Asset>): PageSize {
  const bytes = bytesOf(new Set(assets.values()))
  return { page, first: bytes, whole: bytes, ours: bytes }
}

/** @returns a sentence for each page that is larger than it may be. */
export function tooLarge(sizes: readonly PageSize[]): string[] {
  return sizes.flatMap(({ page, ours }) => {
    const budget = BUDGETS_BYTES[page]
    if (budget === undefined || ours.br <= budget) return []
    return [`the page "${page}" is ${kb(ours.br)} by brotli besides the map library; it may be ${kb(budget)}`]
  })
}

export function lineOf({ page, first, whole, ours }: PageSize): string {
  const both = ({ raw, br }: Bytes) => `${kb(raw)} raw, ${kb(br)} brotli`
  return `${page}: first ${both(first)} · with what comes later ${both(whole)} · besides the map library ${both(ours)}`
}

function kb(bytes: number): string {
  return `${(bytes / KB).toFixed(bytes < 10 * KB ? 1 : 0)} KB`
}

function filesOf({ assets, scripts }: WebBuild, page: string, reach: 'first' | 'whole'): Set<Asset> {
  const entry = scripts[page as keyof WebBuild['scripts']]
  const found = new Set<Asset>()
  const waiting = [entry]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const asset = assets.get(name)
    if (asset === undefined || found.has(asset)) continue
    found.add(asset)
    for (const [, later, imported] of new TextDecoder().decode(asset.plain).matchAll(IMPORTED)) {
      if (imported !== undefined && (later === '' || reach === 'whole')) waiting.push(imported)
    }
  }
  // Styles bear the name of the script that wants them.
  const stem = (name: string) => name.slice(0, name.lastIndexOf('-'))
  for (const asset of assets.values()) {
    if (asset.name.endsWith('.css') && entry !== undefined && stem(asset.name) === stem(entry)) found.add(asset)
  }
  return found
}

function bytesOf(files: ReadonlySet<Asset>): Bytes {
  const sum = (of: (asset: Asset) => number) => [...files].reduce((total, asset) => total + of(asset), 0)
  return { raw: sum(({ plain }) => plain.length), br: sum(({ br }) => br.length) }
}
