import { expect, test } from 'bun:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildWeb } from './build.ts'
import { WebPages } from './web-pages.ts'

const pages = new WebPages({ styleUrl: null, streets: null, staleS: 60 })

test('the page allows no script or style but its own files, and is asked for anew each time', async () => {
  const { headers } = await pages.console()
  expect(headers.get('cache-control')).toBe('no-cache')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
  expect(headers.get('content-security-policy')).not.toContain('unsafe')
})

test('every file that the page names is there, for ever, in the encoding that is asked for', async () => {
  const html = await (await pages.console()).text()
  const names = [...html.matchAll(/"\/assets\/([^"]+)"/g)].map(m => m[1] ?? '')
  expect(names.length).toBeGreaterThanOrEqual(5)
  for (const name of names) {
    const plain = await pages.asset(name, '')
    expect([name, plain?.headers.get('cache-control')]).toEqual([name, 'public, max-age=31536000, immutable'])
  }
  const script = names.find(name => name.startsWith('main-') && name.endsWith('.js')) ?? ''
  const bytes = async (accepted: string) =>
    new Uint8Array((await (await pages.asset(script, accepted))?.arrayBuffer()) ?? [])
  const plain = await bytes('')
  expect(new Uint8Array(brotliDecompressSync(await bytes('gzip, br')))).toEqual(plain)
  expect(new Uint8Array(gunzipSync(await bytes('gzip')))).toEqual(plain)
})

test('a file that is not of this build is not there', async () => {
  expect(await pages.asset('main-older.js', 'br')).toBeNull()
})

test('tiles come from elsewhere only where a provider is set', async () => {
  const tiled = new WebPages({ styleUrl: 'https://tiles.example/style.json', streets: null, staleS: 60 })
  const policy = (await tiled.console()).headers.get('content-security-policy')
  expect(policy).toContain("connect-src 'self' https: https://tiles.example")
  expect((await pages.console()).headers.get('content-security-policy')).not.toContain('https:')
})

test('a console whose script does not come says so, and so does a node that cannot make it', async () => {
  expect(await (await pages.console()).text()).toContain('The script of the console has not come.')
  const failures: unknown[] = []
  let isWhole = false
  const build = () => (isWhole ? buildWeb() : Promise.reject(new Error('maplibre-gl is not there')))
  const broken = new WebPages({ styleUrl: null, streets: null, staleS: 60, build, onFailure: e => failures.push(e) })
  const answer = await broken.console()
  expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
  const html = await answer.text()
  expect(html).toContain('This node could not make its pages')
  // What is missing on whose disk is for the log.
  expect(html).not.toContain('maplibre')
  expect(String(failures)).toContain('maplibre-gl is not there')
  isWhole = true
  expect((await broken.console()).status).toBe(200)
})
