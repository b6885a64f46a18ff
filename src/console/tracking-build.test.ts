import { expect, test } from 'bun:test'
import { buildWeb } from './build.ts'
import { buildTracking } from './tracking-build.ts'

/** Besides the map library: what a phone on a bad line loads to see how its order stands. */
const PAGE_BYTES_MAX = 150_000
/** What we hold ourselves to: a phone on slow 3G has this in a second. */
const OURS_BYTES_MAX = 40_000

test('the tracking page is small: one script and one style, without the map', async () => {
  const [{ assets, script, style, mapStyle }, web] = await Promise.all([buildTracking(), buildWeb()])
  const size = (name: string) => assets.get(name)?.br.length ?? Number.POSITIVE_INFINITY
  const map = web.assets.get(web.scripts['tracking-map'])?.br.length ?? Number.POSITIVE_INFINITY
  const [first, whole] = [size(script) + size(style), size(script) + size(style) + size(mapStyle) + map]
  process.stdout.write(
    `tracking page by brotli: first ${first} bytes (script ${size(script)}, style ${size(style)}), with its map but the library ${whole} bytes\n`,
  )
  expect(first).toBeLessThan(OURS_BYTES_MAX)
  expect(whole).toBeLessThan(PAGE_BYTES_MAX)
  const text = new TextDecoder().decode(assets.get(script)?.plain)
  expect(text).not.toMatch(/maplibregl-/)
  // Whatever it needs at once is in it: no file names another one.
  expect(text).not.toMatch(/\bfrom\s*["']\.\//)
})
