/**
 * The tracking page in a real browser: an order is followed from its booking to its end while the line is cut and restored, sockets
 * are blocked, links are over and phones are slow. `npm run test:browser`; screenshots go to `.waggle/screenshots`.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { violations } from './support/axe.ts'
import { hasBrowser, launchBrowser } from './support/browser.ts'
import {
  courierAt,
  courierNear,
  DESK,
  drive,
  HERE,
  NARROW,
  openPhone,
  orderToFollow,
  shot,
  THERE,
} from './tracking-support.ts'

let node: TestNode
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode({ WAGGLE_RATE_LIMITS: 'off' })
  browser = await launchBrowser()
  await courierNear(node, 'drv_1')
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

/** Between two positions; the courier is on its way for as long. */
const APART_MS = 4_000
/** A renderer in software takes its time with the lines of a map. */
const DRAWN_MS = 1_500
const headline = (page: Page, text: string) => page.getByRole('heading', { level: 1, name: text }).waitFor()
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()
const isLive = (page: Page) => page.locator('.line-live').waitFor()
const mapShown = (page: Page) => page.getByRole('button', { name: 'Centre' }).waitFor()

test.skipIf(!hasBrowser)(
  'an order is followed from its booking to its delivery while the line is cut and restored',
  async () => {
    const order = await orderToFollow(node)
    const proxy = await TcpProxy.start(Number(new URL(node.url).port))
    const page = await openPhone(browser, { colorScheme: 'light' })
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await page.goto(order.url(`http://localhost:${proxy.port}`))
    await headline(page, 'Finding you a courier')
    await isLive(page)
    await mapShown(page)
    await shot(page, 'placed')
    // The link has left what is sent to a server when the page is loaded again.
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/track')

    await order.assign('drv_1')
    await headline(page, 'A courier has your order')
    await until(async () => (await courierAt(page)) !== null, 'the courier is on the map')
    await order.step('en_route_to_pickup')
    await headline(page, 'Courier on the way to the pickup')
    await drive(node, 'drv_1', -0.05)
    await says(page, 'Position is live')
    await Bun.sleep(APART_MS)
    const before = await courierAt(page)
    await drive(node, 'drv_1', 0)
    // On its way between the two, and not there at once.
    const seen = new Set<number>([before?.x ?? 0])
    await until(async () => seen.add((await courierAt(page))?.x ?? 0).size >= 4, 'the courier moves from step to step')
    expect([...seen]).toEqual([...seen].toSorted((a, b) => a - b))

    // Nothing gets through any more, and nobody is told.
    proxy.cut()
    await order.step('at_pickup')
    await order.step('en_route_to_dropoff')
    await drive(node, 'drv_1', 0.05)
    await says(page, /Position from \d+ s ago/)
    expect(await page.locator('.courier-mark.courier-old').count()).toBe(1)
    await shot(page, 'old')
    await says(page, 'No connection, trying again')
    await says(page, /This is how things stood at \d\d?:\d\d/)
    await shot(page, 'cut-off')
    expect(await violations(page)).toEqual([])
    await headline(page, 'Courier on the way to the pickup')

    proxy.heal()
    await headline(page, 'On the way to you')
    await isLive(page)
    await says(page, order.pin)
    await drive(node, 'drv_1', 0.1)
    await says(page, 'Position is live')
    // What happened meanwhile has its time.
    expect(await page.locator('.step', { hasText: 'At the pickup' }).locator('.step-at').textContent()).toMatch(
      /^\d\d?:\d\d$/,
    )
    await shot(page, 'on-the-way')

    // Cut hard, as by a restart on the way.
    proxy.heal()
    await order.step('delivered', { pin: order.pin })
    await headline(page, 'Delivered')
    await says(page, /handed over at \d\d?:\d\d, with your PIN/)
    await until(async () => (await page.locator('.map-box').count()) === 0, 'there is no map any more')
    expect(await page.getByText(order.pin).count()).toBe(0)
    expect(await page.title()).toBe('Delivered · Your order')
    await shot(page, 'delivered')
    expect(await violations(page)).toEqual([])
    await page.context().close()
    await proxy.stop()
    // The link itself was in the first request alone, and in the address of sockets, which can carry it nowhere else.
    const withToken = asked.filter(url => url.includes('trk_') && !url.startsWith('ws'))
    expect(withToken).toHaveLength(1)
    expect(
      asked.filter(
        url => !url.includes(`localhost:${proxy.port}`) && !url.startsWith('blob:') && !url.startsWith('data:'),
      ),
    ).toEqual([])
  },
  240_000,
)

test.skipIf(!hasBrowser)('an order for a day in three weeks says which day', async () => {
  const wantedAt = new Date(Date.now() + 20 * 86_400_000)
  const wish = { pickup: HERE, dropoff: THERE, scheduled_at: wantedAt.toISOString() }
  const { body } = await node.call('POST', '/v1/orders', wish)
  const page = await openPhone(browser)
  await page.goto(String(body.tracking_url).replace(/^https?:\/\/[^/]+/, node.url))
  await headline(page, 'Booked for later')
  await says(page, wantedAt.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' }))
  await page.context().close()
})

test.skipIf(!hasBrowser)(
  'where sockets do not get through, the order is read every few seconds',
  async () => {
    const order = await orderToFollow(node)
    const page = await openPhone(browser)
    await page.routeWebSocket(/live/, socket => socket.close())
    await page.goto(order.url(node.url))
    await headline(page, 'Finding you a courier')
    await says(page, 'Updates every few seconds')
    await order.assign('drv_1')
    await headline(page, 'A courier has your order')
    await node.call('POST', `/v1/orders/${order.orderId}/cancel`, { reason: 'changed my mind' })
    await headline(page, 'Cancelled')
    expect(await page.locator('main').textContent()).not.toContain('changed my mind')
    await shot(page, 'cancelled')
    await page.context().close()
  },
  120_000,
)

test.skipIf(!hasBrowser)(
  'a link that is over, and one of nothing, is one calm sentence',
  async () => {
    const page = await openPhone(browser)
    const order = await orderToFollow(node)
    for (const url of [`${order.url(node.url)}x`, `${node.url}/track`, `${node.url}/track#trk_none`]) {
      await page.goto('about:blank')
      await page.goto(url)
      await headline(page, 'This link shows nothing any more')
      expect(await page.locator('.map-box').count()).toBe(0)
    }
    expect(await violations(page)).toEqual([])
    await shot(page, 'gone')
    await page.context().close()
  },
  120_000,
)

test.skipIf(!hasBrowser)(
  'the console copies a link that opens the page',
  async () => {
    const order = await orderToFollow(node)
    const page = await openPhone(browser, { viewport: DESK, permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(`${node.url}/#key=${node.key}`)
    await page.getByText(order.orderId.slice(-6)).first().click()
    await page.getByRole('button', { name: 'Copy tracking link' }).click()
    await page.getByText('Tracking link copied.').waitFor()
    const copied = String(await page.evaluate('navigator.clipboard.readText()'))
    await page.context().close()
    expect(copied).toMatch(/^http:\/\/localhost:\d+\/track#trk_/)
    const customer = await openPhone(browser)
    await customer.goto(copied)
    await headline(customer, 'Finding you a courier')
    await isLive(customer)
    await customer.context().close()
  },
  120_000,
)

test.skipIf(!hasBrowser)(
  'where its script does not come, the page says that it should be loaded again',
  async () => {
    const order = await orderToFollow(node)
    const page = await openPhone(browser)
    await page.route(/track-[^.]+\.js/, route => route.fulfill({ status: 404 }))
    await page.goto(order.url(node.url))
    await page.getByText('Please load this page again.').waitFor()
    await page.unroute(/track-[^.]+\.js/)
    await page.reload()
    await headline(page, 'Finding you a courier')
    expect(await page.getByText('Please load this page again.').count()).toBe(0)
    await page.context().close()
  },
  120_000,
)

test.skipIf(!hasBrowser)(
  'a screen reader hears of a new status, and of nothing else',
  async () => {
    const order = await orderToFollow(node)
    await order.assign('drv_1')
    const page = await openPhone(browser, { reducedMotion: 'reduce' })
    await page.goto(order.url(`${node.url}`))
    await isLive(page)
    await page.evaluate(`(() => {
    globalThis.heard = []
    const region = document.querySelector('[role=status]')
    new MutationObserver(() => globalThis.heard.push(region.textContent)).observe(region, { subtree: true, childList: true, characterData: true })
  })()`)
    for (let i = 0; i < 5; i++) {
      await drive(node, 'drv_1', -0.1 + i / 100)
      await Bun.sleep(300)
    }
    await order.step('en_route_to_pickup')
    await headline(page, 'Courier on the way to the pickup')
    expect(await page.evaluate('globalThis.heard')).toEqual(['Courier on the way to the pickup'])
    await page.context().close()
  },
  120_000,
)

test.skipIf(!hasBrowser)(
  'in light and dark, from 320 pixels to a desk, it breaks no rule of accessibility and nothing is cut off',
  async () => {
    const order = await orderToFollow(node)
    await order.assign('drv_1')
    for (const step of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff']) await order.step(step)
    for (const [name, viewport, colorScheme] of [
      ['narrow-light', NARROW, 'light'],
      ['narrow-dark', NARROW, 'dark'],
      ['desk-light', DESK, 'light'],
      ['desk-dark', DESK, 'dark'],
    ] as const) {
      const page = await openPhone(browser, { viewport, colorScheme, reducedMotion: 'reduce', deviceScaleFactor: 1 })
      await page.goto(order.url(node.url))
      await mapShown(page)
      await drive(node, 'drv_1', 0.5)
      await says(page, 'Position is live')
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect([name, width]).toEqual([name, viewport.width])
      await Bun.sleep(DRAWN_MS)
      await shot(page, name)
      expect([name, await violations(page)]).toEqual([name, []])
      await page.context().close()
    }
  },
  180_000,
)

test.skipIf(!hasBrowser)(
  'whoever saves data, and whoever cannot draw, is asked before the map comes',
  async () => {
    const order = await orderToFollow(node)
    for (const script of [
      `Object.defineProperty(navigator, 'connection', { value: { saveData: true, effectiveType: '4g' } })`,
      `HTMLCanvasElement.prototype.getContext = () => null`,
    ]) {
      const page = await openPhone(browser)
      await page.addInitScript(script)
      const asked: string[] = []
      page.on('request', request => asked.push(request.url()))
      await page.goto(order.url(node.url))
      await page.getByRole('button', { name: 'Show the map' }).waitFor()
      await headline(page, 'Finding you a courier')
      expect(asked.filter(url => url.includes('tracking-map'))).toEqual([])
      await page.getByRole('button', { name: 'Show the map' }).click()
      if (script.includes('connection')) await mapShown(page)
      else await says(page, 'The map could not be shown. Everything else is here.')
      await shot(page, script.includes('connection') ? 'saving' : 'no-map')
      await page.context().close()
    }
  },
  120_000,
)

/** As the tools of the browser call it, where each answer takes two seconds; and a line that is as narrow but not as far. */
const LINES = [
  { name: 'slow 3G, 400 ms', latency: 400, mostMs: 6_000 },
  { name: 'slow 3G of the tools, 2000 ms', latency: 2_000, mostMs: 12_000 },
] as const
const SLOW_3G_BYTES_PER_S = 50_000

test.skipIf(!hasBrowser)(
  'on a slow phone with a slow line the status is readable long before there is a map',
  async () => {
    const order = await orderToFollow(node)
    await order.assign('drv_1')
    for (const { name, latency, mostMs } of LINES) {
      const page = await openPhone(browser)
      const tools = await page.context().newCDPSession(page)
      await tools.send('Network.enable')
      await tools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency,
        downloadThroughput: SLOW_3G_BYTES_PER_S,
        uploadThroughput: SLOW_3G_BYTES_PER_S,
        connectionType: 'cellular3g',
      })
      await tools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
      await page.goto(order.url(node.url))
      await headline(page, 'A courier has your order')
      // Nothing is painted before the status is.
      const paint = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`
      await until(async () => Number(await page.evaluate(paint)) > 0, 'something is painted')
      const readableMs = Math.round(Number(await page.evaluate(paint)))
      process.stdout.write(`tracking page, CPU a quarter, ${name}: status readable after ${readableMs} ms\n`)
      expect(readableMs).toBeLessThan(mostMs)
      await page.context().close()
    }
  },
  120_000,
)
