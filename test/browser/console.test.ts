/**
 * The console in a real browser: Debian's Chromium (`apt-get install chromium`), with a renderer in software. `npm run test:browser`; screenshots go to
 * `.waggle/screenshots`.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { until } from '../support/until.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SHOTS = join(import.meta.dir, '../../.waggle/screenshots')
const VEHICLES = 10_000
const BATCH = 1_000
/** A renderer in software draws a few in a second. */
const FRAMES = 60
const SOFTWARE_GL = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
const isHere = existsSync(CHROMIUM) || process.env.CI === 'true'

let node: TestNode
let browser: Browser
let page: Page

beforeAll(async () => {
  if (!isHere) return
  node = await startTestNode()
  browser = await chromium.launch({ executablePath: CHROMIUM, args: SOFTWARE_GL })
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

/** Everybody, a little farther each time. */
async function drive(step: number): Promise<void> {
  for (let from = 0; from < VEHICLES; from += BATCH) {
    const locations = Array.from({ length: BATCH }, (_, i) => ({
      driver_id: `drv_${from + i}`,
      latitude: 37.72 + Math.floor((from + i) / 100) / 1_000 + step / 20_000,
      longitude: -122.48 + ((from + i) % 100) / 1_000,
      heading: 0,
    }))
    const { status } = await node.call('POST', '/v1/locations', { locations })
    expect(status).toBe(202)
  }
}

const shot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`) })
const vehicles = () => page.evaluate('globalThis.waggle?.vehicles() ?? 0')

test.skipIf(!isHere)('a wrong key is told, a right one shows the fleet; the key leaves the address bar', async () => {
  await page.goto(node.url)
  await page.getByLabel('Key or token').fill('wag_none_at_all')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This key is not known here.').waitFor()
  await page.goto('about:blank')
  await page.goto(`${node.url}/#key=${node.key}`)
  await page.getByText('Live', { exact: true }).waitFor()
  expect(page.url()).not.toContain(node.key)
})

test.skipIf(!isHere)('of ten thousand moving vehicles none is lost, and a frame of ours is short', async () => {
  for (let step = 0; step < 4; step++) await drive(step)
  await until(async () => (await vehicles()) === VEHICLES, 'every vehicle is on the map', 60_000)
  const times = async () => (await page.evaluate('globalThis.waggle.frames()')) as Record<string, number>
  for (let step = 5; ((await times()).frames ?? 0) < FRAMES; step++) await drive(step)
  await shot('ten-thousand')
  const frames = await times()
  process.stdout.write(`own part of a frame: ${JSON.stringify(frames)}\n`)
  expect(await vehicles()).toBe(VEHICLES)
  expect(frames.medianMs).toBeLessThan(8)
  expect(frames.p95Ms).toBeLessThan(16)
})

test.skipIf(!isHere)('two clicks and a price make an order, which can be cancelled', async () => {
  await page.getByRole('button', { name: 'New order' }).click()
  await page.mouse.click(640, 380)
  await page.getByRole('heading', { name: 'Where to?' }).waitFor()
  await page.mouse.click(820, 520)
  await page.getByRole('button', { name: 'Book' }).click()
  await page.getByRole('heading', { name: 'Placed', level: 2 }).waitFor()
  await shot('order')
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await page.getByRole('button', { name: 'Yes, cancel it' }).click()
  await page.getByRole('heading', { name: 'Cancelled', level: 2 }).waitFor()
})

test.skipIf(!isHere)('nothing that a rule of accessibility forbids', async () => {
  await page.evaluate(await Bun.file(Bun.resolveSync('axe-core/axe.min.js', import.meta.dir)).text())
  const rules = 'axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html))'
  const found = (await page.evaluate(rules)) as string[]
  expect(found).toEqual([])
})
