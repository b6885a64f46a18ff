/** What the console does when what it stands on goes away: its key, its connection. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { hasBrowser, launchBrowser, screenshot } from './support/browser.ts'
import { openConsole, vehiclesOn } from './support/console.ts'
import { driveAll } from './support/fleet.ts'

let node: TestNode
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode()
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

async function beginOrder(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New order' }).click()
  await page.mouse.click(600, 330)
  await page.getByRole('heading', { name: 'Where to?' }).waitFor()
}

test.skipIf(!hasBrowser)(
  'a key that is revoked meanwhile is told, and who signs in again goes on where they were',
  async () => {
    const made = await node.call('POST', '/v1/keys', { name: 'of the desk', role: 'dispatcher' })
    const page = await openConsole(browser, { url: node.url, key: String(made.body.secret) })
    await beginOrder(page)
    expect((await node.call('DELETE', `/v1/keys/${made.body.key_id}`)).status).toBeLessThan(300)
    await page.getByText('Your key is no longer accepted').waitFor()
    await screenshot(page, 'key-revoked')
    await page.getByLabel('Key or token').fill(node.key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'Where to?' }).waitFor()
    await page.mouse.click(700, 400)
    await page.getByRole('button', { name: 'Book' }).waitFor()
    await page.context().close()
  },
)

test.skipIf(!hasBrowser)('a page that is loaded again still has the order that was being made', async () => {
  const page = await openConsole(browser, node)
  await beginOrder(page)
  await page.reload()
  await page.getByRole('heading', { name: 'Where to?' }).waitFor()
  await page.context().close()
})

test.skipIf(!hasBrowser)(
  'a connection that is lost is told, and made again; nothing that moved meanwhile is missed',
  async () => {
    await driveAll(node, 20, 0)
    const proxy = await TcpProxy.start(Number(new URL(node.url).port))
    const page = await openConsole(browser, { url: `http://127.0.0.1:${proxy.port}`, key: node.key })
    await until(async () => (await vehiclesOn(page)) === 20, 'the fleet is there', 30_000)
    proxy.cut()
    await driveAll(node, 30, 1)
    await page.getByText('Connecting again …').waitFor()
    // Not since it was given up, but since it was heard of.
    await page.getByText(/^positions are (1\d|[2-9]\d) s old$/).waitFor()
    await screenshot(page, 'connection-lost')
    proxy.heal()
    await page.getByText('Live', { exact: true }).waitFor()
    await until(async () => (await vehiclesOn(page)) === 30, 'those who came meanwhile are there', 30_000)
    await page.context().close()
    await proxy.stop()
  },
)

test.skipIf(!hasBrowser)('an answer that is cut off in the middle is asked for again', async () => {
  const page = await openConsole(browser, node)
  let isCut = false
  await page.route(/\/v1\/orders\?status=placed/, async route => {
    if (isCut) return route.continue()
    isCut = true
    return route.fulfill({ status: 200, contentType: 'application/json', body: '{"data": [' })
  })
  await until(() => isCut, 'one was cut off')
  const { body } = await node.call('POST', '/v1/orders', {
    pickup: { latitude: 37.77, longitude: -122.42 },
    dropoff: { latitude: 37.78, longitude: -122.41 },
    vehicle_type: 'nobody_has_it',
    reference: 'after-the-cut',
  })
  await page.getByText(String(body.order_id).slice(-6)).first().waitFor({ timeout: 15_000 })
  await page.context().close()
})

test.skipIf(!hasBrowser)(
  'loaded again while the node does not answer: that is said, and the key need not be typed again',
  async () => {
    const made = await node.call('POST', '/v1/keys', { name: 'of a silent hour', role: 'dispatcher' })
    const page = await openConsole(browser, { url: node.url, key: String(made.body.secret) })
    let isSilent = true
    await page.route('**/v1/**', route => (isSilent ? undefined : route.continue()))
    await page.reload()
    await page.getByText('Signing in …').waitFor({ timeout: 10_000 })
    await page.getByText('The node does not answer.').waitFor()
    await screenshot(page, 'node-silent')
    isSilent = false
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    // It was tried since: when it is good no more it is not offered again.
    await node.call('DELETE', `/v1/keys/${made.body.key_id}`)
    await page.getByText('Your key is no longer accepted').waitFor()
    expect(await page.getByLabel('Key or token').inputValue()).toBe('')
    await page.context().close()
  },
)
