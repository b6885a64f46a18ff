import { expect, test } from 'bun:test'
import { inflateSync } from 'node:zlib'
import { iconPng } from './icon.ts'
import { WebPages } from './web-pages.ts'

const pages = new WebPages({ styleUrl: 'https://tiles.example/style.json', streets: null, staleS: 60 })
const COMPRESSED_BYTES_MAX = 40_000

test('the page allows nothing but its own files, also where the console has a provider of tiles', async () => {
  const { headers } = await pages.courier('page')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
  expect(policy).not.toContain('https:')
  expect(policy).not.toContain('unsafe')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-cache')
})

test('every file that page and manifest name is there, and kept by the worker', async () => {
  const html = await (await pages.courier('page')).text()
  const manifest = await (await pages.courier('manifest')).text()
  const worker = await (await pages.courier('worker')).text()
  const shell = JSON.parse(worker.slice('const SHELL='.length, worker.indexOf(';\n'))) as { files: string[] }
  const names = [...(html + manifest).matchAll(/\/assets\/([^"]+)"/g)].map(m => m[1] ?? '')
  expect(names.length).toBeGreaterThanOrEqual(7)
  for (const name of names) {
    expect([name, (await pages.asset(name, ''))?.status]).toEqual([name, 200])
    expect([name, shell.files.includes(`/assets/${name}`)]).toEqual([name, true])
  }
})

test('the manifest has what a phone wants before it installs a page', async () => {
  const response = await pages.courier('manifest')
  expect(response.headers.get('content-type')).toBe('application/manifest+json')
  const { name, start_url, scope, display, icons } = (await response.json()) as Record<string, unknown>
  expect({ name, start_url, scope, display }).toEqual({
    name: 'Waggle courier',
    start_url: '/courier',
    scope: '/courier',
    display: 'standalone',
  })
  const sizes = (icons as { sizes: string; purpose: string }[]).map(({ sizes, purpose }) => `${purpose} ${sizes}`)
  expect(sizes).toEqual(expect.arrayContaining(['any 192x192', 'any 512x512', 'maskable 512x512']))
})

test('the worker is no module, and another build is another worker', async () => {
  const response = await pages.courier('worker')
  expect(response.headers.get('cache-control')).toBe('no-cache')
  const text = await response.text()
  expect(text).toStartWith('const SHELL={"version":"')
  expect(text).not.toMatch(/\b(import|export)\b[ {]/)
})

test('what a phone loads at first is small', async () => {
  const html = await (await pages.courier('page')).text()
  const names = [...html.matchAll(/"\/assets\/(courier-main-[^"]+)"/g)].map(m => m[1] ?? '')
  const sizes = await Promise.all(
    names.map(async name => (await (await pages.asset(name, 'br'))?.arrayBuffer())?.byteLength ?? 0),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  process.stdout.write(`courier page: ${bytes} bytes of script and style by brotli\n`)
  expect(names).toHaveLength(2)
  expect(bytes).toBeLessThan(COMPRESSED_BYTES_MAX)
})

test('the icon is a honey cell with a white way; the maskable one fills its square', () => {
  const cell = pixelsOf(iconPng(64, 'cell'), 64)
  expect(cell(32, 40)).toEqual([217, 138, 0, 255])
  expect(cell(0, 0)[3]).toBe(0)
  expect(cell(24, 41)).toEqual([255, 255, 255, 255])
  expect(pixelsOf(iconPng(64, 'maskable'), 64)(0, 0)).toEqual([217, 138, 0, 255])
})

function pixelsOf(png: Uint8Array, sizePx: number): (x: number, y: number) => number[] {
  const view = Buffer.from(png)
  const at = view.indexOf('IDAT')
  const rows = inflateSync(view.subarray(at + 4, at + 4 + view.readUInt32BE(at - 4)))
  return (x, y) => [...rows.subarray(y * (1 + sizePx * 4) + 1 + x * 4, y * (1 + sizePx * 4) + 5 + x * 4)]
}
