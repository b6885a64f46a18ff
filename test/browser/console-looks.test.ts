/** How the console looks and whether everybody can use it: in light and dark, at a desk and on a phone. Screenshots are for people. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { until } from '../support/until.ts'
import { violations } from './support/axe.ts'
import { hasBrowser, type Look, launchBrowser, screenshot } from './support/browser.ts'
import { openConsole, vehiclesOn } from './support/console.ts'
import { driveAll, putDriver } from './support/fleet.ts'

const LOOKS: readonly (readonly [name: string, look: Look])[] = [
  ['light', { scheme: 'light' }],
  ['dark', { scheme: 'dark' }],
  ['phone', { size: 'phone', scheme: 'light' }],
  ['phone-dark', { size: 'phone', scheme: 'dark' }],
]
const PICKUP = { latitude: 37.74, longitude: -122.43 }
const DROPOFF = { latitude: 37.78, longitude: -122.41 }

let node: TestNode
let browser: Browser
let orderId: string

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode()
  await driveAll(node, 200, 0)
  for (let i = 0; i < 12; i++) await putDriver(node, `drv_${i * 7}`, { ...PICKUP, latitude: PICKUP.latitude + i / 500 })
  const placed = await node.call('POST', '/v1/orders', { pickup: PICKUP, dropoff: DROPOFF })
  orderId = String(placed.body.order_id)
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

for (const [name, look] of LOOKS) {
  test.skipIf(!hasBrowser)(`nothing in ${name} that a rule of accessibility forbids`, async () => {
    const page = await openConsole(browser, node, look)
    await until(async () => (await vehiclesOn(page)) === 200, 'the fleet is there', 30_000)
    await page.getByRole('region', { name: 'Last hour' }).waitFor()
    await screenshot(page, `home-${name}`)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: new RegExp(orderId.slice(-6)) }).click()
    await page.getByRole('region', { name: 'Why this driver' }).waitFor()
    await screenshot(page, `order-${name}`)
    expect(await violations(page)).toEqual([])
    await page.context().close()
  })
}
