/**
 * The courier's page in a real browser, beside a console that watches: from the link to the door, and through what goes wrong on the way. Screenshots go
 * to `.waggle/screenshots/courier-*.png`.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Caller, callerAs, TOKEN_ENV } from '../http/callers.ts'
import { type Body, startTestNode, type TestNode } from '../http/node.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { axe, CHROMIUM, counts, drive, isHere, PHONE, phoneAt, shot } from './courier-support.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const PICKUP = { latitude: 37.772, longitude: -122.418, address: 'Market Street 12' }
const DROPOFF = { latitude: 37.781, longitude: -122.411, address: 'Castro Street 7' }
const ME = 'drv_ada'
const SOFTWARE_GL = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
/** Both walked slowly enough to be believed. */
const STEP_DEG = 0.0004
const AWAY_MS = 20_000

let node: TestNode
/** Between the phone and the node. */
let network: TcpProxy
let browser: Browser
let phone: BrowserContext
let page: Page
let consolePage: Page
let customer: Caller
let courier: Caller
let url: string

beforeAll(async () => {
  if (!isHere) return
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_OFFER_TTL_S: '30', WAGGLE_JWT_TOLERANCE_S: '0' })
  network = await TcpProxy.start(Number(new URL(node.url).port))
  url = `http://127.0.0.1:${network.port}`
  customer = await callerAs(node, 'customer', 'cus_1')
  courier = await callerAs(node, 'driver', ME)
  await node.call('POST', '/v1/drivers', { driver_id: ME, name: 'Ada', capacity: 1 })
  browser = await chromium.launch({ executablePath: CHROMIUM, args: SOFTWARE_GL })
  phone = await browser.newContext(phoneAt(HERE))
  page = await phone.newPage()
  consolePage = await browser.newPage({ viewport: { width: 1280, height: 800 } })
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await network?.stop()
  await node?.stop()
}, 60_000)

const link = () => `${url}/courier#token=${courier.token}`
const tap = (name: string | RegExp, on = page) => on.getByRole('button', { name }).click()
const heading = (name: string | RegExp, on = page) => on.getByRole('heading', { name }).waitFor()

async function book(more: object = {}): Promise<Body> {
  const { status, body } = await customer.call('POST', '/v1/orders', { pickup: PICKUP, dropoff: DROPOFF, ...more })
  expect(status).toBe(201)
  return body
}

const read = async (order: Body) => (await node.call('GET', `/v1/orders/${order.order_id}`)).body
const isAt = (order: Body, status: string) =>
  until(async () => (await read(order)).status === status, `the order is ${status}`)

/** Whatever the courier still has is over. */
async function endAll(): Promise<void> {
  const open = 'placed,assigned,en_route_to_pickup,at_pickup,en_route_to_dropoff'
  const { body } = await node.call('GET', `/v1/orders?status=${open}`)
  for (const { order_id } of body.data as Body[]) {
    await node.call('POST', `/v1/orders/${order_id}/cancel`, { reason: 'end of the test' })
  }
  await until(
    async () => (await page.evaluate('globalThis.waggleCourier.state()?.jobs.length ?? 0')) === 0,
    'the page has no order left',
  )
  while ((await page.getByRole('button', { name: 'OK' }).count()) > 0)
    await page.getByRole('button', { name: 'OK' }).first().click()
}

test.skipIf(!isHere)('a link signs in, and the token leaves the address bar', async () => {
  await page.goto(`${url}/courier`)
  await heading('Waggle courier')
  await shot(page, 'sign-in')
  expect(await axe(page)).toEqual([])
  await page.goto('about:blank')
  await page.goto(link())
  await heading('You are offline')
  expect(page.url()).toBe(`${url}/courier`)
})

test.skipIf(!isHere)('a phone can install it', async () => {
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  const devtools = await phone.newCDPSession(page)
  const { url: manifestUrl, errors } = await devtools.send('Page.getAppManifest')
  expect(manifestUrl).toBe(`${url}/courier.webmanifest`)
  expect(errors).toEqual([])
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  // The contexts of tests are private windows.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter(id => id !== 'in-incognito')).toEqual([])
})

test.skipIf(!isHere)('online: the node knows where the courier is, and counts with it', async () => {
  await tap('Go online')
  await heading('Waiting for an offer')
  await until(async () => (await counts(page)).stored > 0, 'a position is stored')
  await page.getByText('Online', { exact: true }).waitFor()
  await shot(page, 'waiting')
  const { body } = await node.call('GET', `/v1/drivers/${ME}/location`)
  expect(body).toMatchObject({ ...HERE, stale: false, status: 'available' })
})

test.skipIf(!isHere)('accepted here while a console watches, driven and delivered with the PIN', async () => {
  const order = await book({ proof: ['pin'], items: [{ name: 'Soup', quantity: 2 }], notes: 'Ring twice' })
  await consolePage.goto(`${node.url}/#key=${node.key}`)
  await consolePage.getByText('Live', { exact: true }).waitFor()
  await heading('New order')
  await shot(page, 'offer')
  await tap('Accept')
  await heading('Market Street 12')
  expect((await read(order)).status).toBe('assigned')
  await consolePage
    .getByText(/Assigned/)
    .first()
    .waitFor()
  await shot(page, 'assigned')
  await tap('Start to pickup')
  await isAt(order, 'en_route_to_pickup')
  await tap('I am at the pickup')
  await isAt(order, 'at_pickup')
  await page.getByText('Waiting since').waitFor()
  await tap('Picked up')
  await heading('Castro Street 7')
  await isAt(order, 'en_route_to_dropoff')
  await tap('Delivered')
  await page.getByLabel('PIN that the customer tells you').fill('0')
  await shot(page, 'pin')
  await page.getByRole('dialog').getByRole('button', { name: 'Delivered' }).click()
  await page.getByText(/not the PIN of the order/).waitFor()
  await shot(page, 'pin-wrong')
  await tap('Delivered')
  await page.getByLabel('PIN that the customer tells you').fill(String((order.proof as Body).pin))
  await page.getByRole('dialog').getByRole('button', { name: 'Delivered' }).click()
  await heading('How was cus_1?')
  expect(await read(order)).toMatchObject({ status: 'delivered', proof: { given: { pin: true } } })
  await page.getByLabel('5 stars').check()
  await shot(page, 'rating')
  await tap('Send')
  await until(async () => {
    const { body } = await node.call('GET', `/v1/orders/${order.order_id}/ratings`)
    return (body.data as Body[])[0]?.stars === 5
  }, 'the rating is there')
})

test.skipIf(!isHere)('an offer that is taken back leaves the screen at once and says why', async () => {
  const order = await book()
  await heading('New order')
  await customer.call('POST', `/v1/orders/${order.order_id}/cancel`, { reason: 'no need' })
  await page.getByText('The order was cancelled.').waitFor()
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0)
  await shot(page, 'revoked')
  await endAll()
})

test.skipIf(!isHere)('cancelled while driving: told at once, with the reason', async () => {
  const order = await book()
  await tap('Accept')
  await tap('Start to pickup')
  await isAt(order, 'en_route_to_pickup')
  await customer.call('POST', `/v1/orders/${order.order_id}/cancel`, { reason: 'not hungry any more' })
  await page.getByText(/no longer yours.*not hungry any more/).waitFor()
  await shot(page, 'cancelled')
  await endAll()
})

test.skipIf(!isHere)(
  '20 seconds without a network: every position is stored, once; a step that was tapped is done',
  async () => {
    const order = await book()
    await tap('Accept')
    await heading('Market Street 12')
    const places = Array.from({ length: 6 }, (_, i) => ({ ...HERE, latitude: HERE.latitude + (i + 1) * STEP_DEG }))
    const before = await counts(page)
    network.cut()
    const endsAtMs = Date.now() + AWAY_MS
    for (const place of places) await drive(phone, page, place)
    await tap('Start to pickup')
    await page.getByText(/is not confirmed yet/).waitFor()
    await page.getByText(/No connection/).waitFor({ timeout: 40_000 })
    await shot(page, 'no-network')
    expect((await counts(page)).stored).toBe(before.stored)
    expect((await read(order)).status).toBe('assigned')
    await until(() => Date.now() >= endsAtMs, 'it was long enough', AWAY_MS)
    network.heal()
    await until(async () => (await counts(page)).waiting === 0, 'everything is stored', 40_000)
    await isAt(order, 'en_route_to_pickup')
    const { body } = await node.call('GET', `/v1/drivers/${ME}/route`)
    const stored = (body.data as { latitude: number }[]).map(({ latitude }) => latitude)
    for (const { latitude } of places) {
      const rounded = Math.round(latitude * 1e6) / 1e6
      expect([rounded, stored.filter(known => known === rounded).length]).toEqual([rounded, 1])
    }
  },
)

test.skipIf(!isHere)('opened without a network it shows the order that it has', async () => {
  await phone.setOffline(true)
  await page.reload()
  await heading('Market Street 12')
  await page.getByText(/No connection/).waitFor()
  await shot(page, 'opened-offline')
  await phone.setOffline(false)
  await page.getByText(/No connection/).waitFor({ state: 'detached', timeout: 40_000 })
  await endAll()
})

test.skipIf(!isHere)('a second tab does not work beside the first one, and may take over', async () => {
  const second = await phone.newPage()
  await second.goto(`${url}/courier`)
  await heading('Open in another window', second)
  await tap('Work here instead', second)
  await heading('Waiting for an offer', second)
  await heading('Open in another window')
  await second.close()
  await tap('Work here instead')
  await heading('Waiting for an offer')
})

test.skipIf(!isHere)('light and dark, wide and narrow: nothing that a rule of accessibility forbids', async () => {
  const order = await book({ notes: 'The door is behind the yellow house, second floor' })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await heading('New order')
    expect(await axe(page)).toEqual([])
    await shot(page, `offer-${colorScheme}`)
  }
  await page.setViewportSize({ width: 320, height: 640 })
  await shot(page, 'offer-320')
  await tap('Accept')
  await heading('Market Street 12')
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axe(page)).toEqual([])
    await shot(page, `job-320-${colorScheme}`)
  }
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  await tap('There is a problem')
  await heading('What is the problem?')
  expect(await axe(page)).toEqual([])
  await shot(page, 'problem-320')
  await tap('Too far')
  await tap('Give the order back')
  await isAt(order, 'placed')
  await page.setViewportSize(PHONE)
  await endAll()
})

test.skipIf(!isHere)('where the browser may not say where it is, the page says what to do', async () => {
  const { permissions: _, ...without } = phoneAt(HERE)
  const context = await browser.newContext(without)
  const other = await context.newPage()
  await node.call('POST', '/v1/drivers', { driver_id: 'drv_bob' })
  const { token } = await callerAs(node, 'driver', 'drv_bob')
  await other.goto(`${url}/courier#token=${token}`)
  await tap('Go online', other)
  await other.getByText(/may not know where you are/).waitFor()
  await shot(other, 'denied')
  await context.close()
})

test.skipIf(!isHere)('a token that ends is said, and another one goes on from there', async () => {
  const short = await callerAs(node, 'driver', ME, { ttlS: 4 })
  await page.goto('about:blank')
  await page.goto(`${url}/courier#token=${short.token}`)
  await heading('Your sign-in has ended')
  await shot(page, 'ended')
  await page.getByLabel('Token or key').fill(courier.token)
  await tap('Sign in')
  await page.getByText('Online', { exact: true }).waitFor()
})

test.skipIf(!isHere)('signing out forgets everything, and the node knows', async () => {
  await page.getByRole('button', { name: /this phone/ }).click()
  await shot(page, 'phone')
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await tap('Sign out and forget')
  await heading('Waggle courier')
  expect(await page.evaluate('Object.keys(localStorage).length')).toBe(0)
  expect(await page.evaluate('indexedDB.databases().then(all => all.length)')).toBe(0)
  expect((await node.call('GET', `/v1/drivers/${ME}`)).body.status).toBe('offline')
})
