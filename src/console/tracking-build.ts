/**
 * The files of the tracking page, in a bundle of its own: one script and one style, so that a phone on a bad line waits for nothing
 * that only names what else to ask for, and not for what other pages share. The map comes later, out of the other bundle.
 */
import { join } from 'node:path'
import { type Asset, assetsOf } from './asset.ts'

const TRACKING = join(import.meta.dir, '../web/tracking')

export interface TrackingBuild {
  readonly assets: ReadonlyMap<string, Asset>
  readonly script: string
  readonly style: string
  /** Of the map library: asked for with the map. */
  readonly mapStyle: string
}

/** @throws where the page cannot be made: a package is missing, a file is broken. */
export async function buildTracking(): Promise<TrackingBuild> {
  const { outputs } = await Bun.build({
    entrypoints: [join(TRACKING, 'track.tsx'), join(TRACKING, 'track-map.css')],
    target: 'browser',
    format: 'esm',
    minify: true,
    naming: { entry: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const assets = await assetsOf(outputs)
  const named = (pattern: RegExp) => assets.find(({ name }) => pattern.test(name))?.name ?? ''
  return {
    assets: new Map(assets.map(asset => [asset.name, asset])),
    script: named(/^track-[^-]+\.js$/),
    style: named(/^track-[^-]+\.css$/),
    mapStyle: named(/^track-map-.*\.css$/),
  }
}
