/**
 * The pages of a browser, made from `src/web` with Bun's bundler: file names carry a hash of what is in them, so that a browser keeps
 * them for ever and a new version is never mixed with an old one.
 *
 * Made when a page is first asked for: a node that shows nobody a page does not pay for it.
 */
import { join } from 'node:path'
import { type Asset, assetsOf, nameOf } from './asset.ts'

const WEB = join(import.meta.dir, '../web')
/** By the name that a page asks for it with. */
const ENTRIES = {
  console: join(WEB, 'console/main.tsx'),
  feed: join(WEB, 'live/feed-worker.ts'),
  'tracking-map': join(WEB, 'map/tracking-map.ts'),
} as const
/** Of the map library, which starts it by its address. It is a module of its own already. */
const MAP_WORKER = 'maplibre-gl/dist/maplibre-gl-worker.mjs'

export type { Asset }

export type EntryName = keyof typeof ENTRIES | 'map-worker'

export interface WebBuild {
  readonly assets: ReadonlyMap<string, Asset>
  /** The file of each entry. */
  readonly scripts: Readonly<Record<EntryName, string>>
  readonly styles: readonly string[]
}

/**
 * @param without  packages that are left out, to see what they weigh; such pages do not run.
 * @throws where the pages cannot be made: a package is missing, a file is broken.
 */
export async function buildWeb(without: readonly string[] = []): Promise<WebBuild> {
  const { outputs } = await Bun.build({
    entrypoints: [...Object.values(ENTRIES), Bun.resolveSync(MAP_WORKER, import.meta.dir)],
    target: 'browser',
    format: 'esm',
    minify: true,
    splitting: true,
    external: [...without],
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const assets = await assetsOf(outputs)
  const scriptNamed = (start: string) =>
    outputs
      .filter(o => o.kind === 'entry-point')
      .map(o => nameOf(o.path))
      .find(n => n.startsWith(start)) ?? ''
  return {
    assets: new Map(assets.map(asset => [asset.name, asset])),
    scripts: {
      console: scriptNamed('main-'),
      feed: scriptNamed('feed-worker-'),
      'tracking-map': scriptNamed('tracking-map-'),
      'map-worker': scriptNamed('maplibre-'),
    },
    styles: assets.map(({ name }) => name).filter(name => name.endsWith('.css')),
  }
}
