/** What a dispatcher does at the console, in a real browser. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { until } from '../support/until.ts'
import { hasBrowser, launchBrowser, openPage, screenshot } from './support/browser.ts'
import { openConsole, vehiclesOn } from './support/console.ts'
import { putDriver } from './support/fleet.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const FAR = { latitude: 37.79, longitude: -122.4 }
/** Of a window of 1,280 by 800: between the panels. */
const PICKUP = { x: 600, y: 330 }
const DROPOFF = { x: 700, y: 400 }

let node: TestNode
let browser: Browser
let page: Page

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode({ WAGGLE_ACCEPT: 'auto' })
  await putDriver(node, 'drv_near', HERE)
  await putDriver(node, 'drv_far', FAR)
  browser = await launchBrowser()
  page = await openConsole(browser, node)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

/** Its row among the drivers. */
const inList = (driverId: string) =>
  page.getByRole('region', { name: 'Drivers' }).getByRole('button', { name: new RegExp(`^${driverId}`) })

test.skipIf(!hasBrowser)('a wrong key is told; a right one leaves the address bar', async () => {
  const other = await openPage(browser)
  await other.goto(node.url)
  await screenshot(other, 'sign-in')
  await other.getByLabel('Key or token').fill('wag_none_at_all')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByText('This key is not known here.').waitFor()
  await other.context().close()
  expect(page.url()).not.toContain(node.key)
})

test.skipIf(!hasBrowser)('two clicks and a price make an order; who got it, and why, is told', async () => {
  await until(async () => (await vehiclesOn(page)) === 2, 'both drivers are on the map', 30_000)
  await page.evaluate('globalThis.waggle.goTo(-122.42, 37.77, 13)')
  await page.getByRole('button', { name: 'New order' }).click()
  await page.mouse.click(PICKUP.x, PICKUP.y)
  await page.getByRole('heading', { name: 'Where to?' }).waitFor()
  await page.mouse.click(DROPOFF.x, DROPOFF.y)
  await page.getByRole('button', { name: 'Book' }).click()
  await page.getByRole('heading', { name: 'Assigned', level: 2 }).waitFor()
  const why = page.getByRole('region', { name: 'Why this driver' })
  await why.getByRole('row', { name: /^drv_near/ }).waitFor()
  await why.getByText('What the cost is made of').click()
  await why.getByRole('row', { name: /^Way to the pickup/ }).waitFor()
  await screenshot(page, 'order')
})

test.skipIf(!hasBrowser)('an order is given to another driver by choosing it in the list', async () => {
  await page.getByRole('button', { name: 'Give to a driver' }).click()
  await page.getByRole('searchbox', { name: 'Search drivers' }).fill('far')
  await inList('drv_far').click()
  await page.getByText('Order given to drv_far.').waitFor()
  await page
    .getByRole('complementary', { name: 'Order' })
    .getByRole('button', { name: 'drv_far', exact: true })
    .first()
    .waitFor()
})

test.skipIf(!hasBrowser)('an order is cancelled by whoever says so twice', async () => {
  const cancel = page.getByRole('button', { name: 'Cancel order' })
  await cancel.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  const isFocusWithin = (element: string) => page.evaluate(`document.activeElement.closest('${element}') !== null`)
  expect(await isFocusWithin('dialog')).toBe(true)
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  expect(await cancel.evaluate(element => element === element.ownerDocument.activeElement)).toBe(true)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Yes, cancel it' }).click()
  await page.getByRole('heading', { name: 'Cancelled', level: 2 }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
})

test.skipIf(!hasBrowser)('a driver is paused, and is seen paused', async () => {
  await page.getByRole('button', { name: 'Drivers' }).click()
  await page.getByRole('searchbox', { name: 'Search drivers' }).fill('')
  await inList('drv_far').click()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Let work' }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
})

test.skipIf(!hasBrowser)(
  'without a mouse: arrows move the map, and Enter takes the vehicle in the middle',
  async () => {
    await page.evaluate(`globalThis.waggle.goTo(${HERE.longitude}, ${HERE.latitude}, 15)`)
    const middle = async () => ((await page.evaluate('globalThis.waggle.view()')) as { longitude: number }).longitude
    await page.locator('.maplibregl-canvas').focus()
    const before = await middle()
    await page.keyboard.press('ArrowRight')
    await until(async () => (await middle()) > before + 0.0005, 'the map has moved', 30_000)
    await page.evaluate(`globalThis.waggle.goTo(${HERE.longitude}, ${HERE.latitude}, 15)`)
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Driver' }).getByRole('heading', { name: 'drv_near' }).waitFor()
    await screenshot(page, 'driver')
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'Driver' }).waitFor({ state: 'detached' })
  },
)

test.skipIf(!hasBrowser)('the figures of the hour are there, as charts and as a table', async () => {
  const dock = page.getByRole('region', { name: 'Last hour' })
  await dock.getByRole('img', { name: /^Orders a minute/ }).waitFor()
  await dock.getByRole('button', { name: 'As a table' }).click()
  expect(await dock.getByRole('row').count()).toBe(61)
  await dock.getByRole('button', { name: 'As a table' }).click()
})

const QUIET_MS = 7_000
/** What was done is said for less. */
const NOTICE_MS = 6_000
const WISH = { pickup: FAR, dropoff: HERE, vehicle_type: 'nobody_has_it' }

test.skipIf(!hasBrowser)(
  'beside its socket the console does not read all orders again and again, and misses nothing',
  async () => {
    await until(async () => (await page.evaluate('globalThis.waggle.vehicles()')) === 2, 'the socket is open')
    const reads: string[] = []
    page.on('request', request => {
      const { pathname, searchParams } = new URL(request.url())
      if (pathname === '/v1/orders')
        reads.push(searchParams.has('created_after') ? 'new' : (searchParams.get('status') ?? ''))
    })
    await Bun.sleep(QUIET_MS)
    expect(reads.filter(what => what === 'scheduled').length).toBeLessThanOrEqual(1)
    expect(reads.filter(what => what === 'new').length).toBeGreaterThanOrEqual(2)

    const { body } = await node.call('POST', '/v1/orders', { ...WISH, reference: 'seen-soon' })
    await page.getByRole('button', { name: 'Orders' }).click()
    await page.getByRole('searchbox', { name: 'Search orders' }).fill('seen-soon')
    await page
      .getByRole('button', { name: /^Placed/ })
      .first()
      .click()
    await page.getByRole('heading', { name: 'Placed', level: 2 }).waitFor()
    // No driver had it, so nothing but the order's own topic tells of it.
    await node.call('POST', `/v1/orders/${body.order_id}/cancel`, { reason: 'told by another' })
    await page.getByRole('heading', { name: 'Cancelled', level: 2 }).waitFor({ timeout: 3_000 })
  },
  60_000,
)

test.skipIf(!hasBrowser)(
  'orders for later are listed by when they are due, with the day',
  async () => {
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    for (const [reference, days] of [
      ['in-nine', 9],
      ['in-two', 2],
    ] as const) {
      const { status } = await node.call('POST', '/v1/orders', { ...WISH, reference, scheduled_at: inDays(days) })
      expect(status).toBe(201)
    }
    await page.getByRole('searchbox', { name: 'Search orders' }).fill('')
    await page.getByRole('button', { name: 'Later' }).click()
    const rows = page.getByRole('region', { name: 'Orders' }).getByRole('button', { name: /^Scheduled/ })
    await until(async () => (await rows.count()) === 2, 'both are listed', 40_000)
    const dayOf = (days: number) =>
      new Date(inDays(days)).toLocaleDateString('en-US', { month: 'short', day: 'numeric' })
    expect(await rows.nth(0).textContent()).toContain(dayOf(2))
    expect(await rows.nth(1).textContent()).toContain(dayOf(9))
    await rows.nth(0).click()
    await page.getByRole('complementary', { name: 'Order' }).getByText('Booked for').waitFor()
  },
  60_000,
)

test.skipIf(!hasBrowser)('a machine whose clock is ten minutes ahead takes no order for one that waits', async () => {
  await node.call('POST', '/v1/orders', { ...WISH, reference: 'just-made' })
  const other = await openPage(browser)
  await other.addInitScript(`Date.now = (now => () => now() + 600_000)(Date.now)`)
  await other.goto(`${node.url}/#key=${node.key}`)
  await other.getByRole('searchbox', { name: 'Search orders' }).fill('just-made')
  const row = other.getByRole('button', { name: /^Placed/ }).first()
  await row.waitFor()
  await until(async () => /\d s$/.test((await row.textContent()) ?? ''), 'it is seconds old', 10_000)
  await other.context().close()
})

test.skipIf(!hasBrowser)('of more orders than the page holds, the figure says so', async () => {
  const other = await openPage(browser)
  await other.route(/\/v1\/orders\?status=placed[^&]*&limit=500/, async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), next_cursor: 'more' } })
  })
  await other.route(/cursor=more/, async route => {
    const address = route.request().url().replace('&cursor=more', '')
    const answer = await route.fetch({ url: address })
    await route.fulfill({ response: answer, json: { ...(await answer.json()), next_cursor: 'more' } })
  })
  await other.goto(`${node.url}/#key=${node.key}`)
  await other
    .getByText(/^\d+\+$/)
    .first()
    .waitFor()
  await other.context().close()
})

test.skipIf(!hasBrowser)(
  'of the orders for later the next one is first, on whichever page it came, and a list that is cut says so',
  async () => {
    const other = await openPage(browser)
    const { body } = await node.call('GET', '/v1/orders?status=scheduled')
    const [one] = body.data as object[]
    const pageOf = (from: number) =>
      Array.from({ length: 2 }, (_, i) => {
        const day = String(28 - from - i).padStart(2, '0')
        return { ...one, order_id: `ord_later_${from + i}`, scheduled_at: `2999-02-${day}T12:00:00.000Z` }
      })
    let pages = 0
    await other.route(/\/v1\/orders\?status=scheduled/, route => {
      if (!route.request().url().includes('cursor=')) pages = 0
      return route.fulfill({ json: { data: pageOf(2 * pages++), next_cursor: 'more' } })
    })
    await other.goto(`${node.url}/#key=${node.key}`)
    await other.getByRole('button', { name: 'Later' }).click()
    const rows = other.getByRole('region', { name: 'Orders' }).getByRole('button', { name: /^Scheduled/ })
    await rows.nth(11).waitFor()
    expect(await rows.count()).toBe(12)
    expect(await rows.first().textContent()).toContain('Feb 17')
    await other.getByText('There are more than these').waitFor()
    await other.context().close()
  },
)

test.skipIf(!hasBrowser)('a cancellation that fails after its dialog was closed is told all the same', async () => {
  const other = await openConsole(browser, node)
  const answered = Promise.withResolvers<void>()
  const json = { code: 'invalid_transition', detail: 'The order is under way.' }
  await other.route('**/cancel', async route => {
    await answered.promise
    await route.fulfill({ status: 409, contentType: 'application/problem+json', json })
  })
  await node.call('POST', '/v1/orders', { ...WISH, reference: 'not-cancelled' })
  await other.getByRole('searchbox', { name: 'Search orders' }).fill('not-cancelled')
  await other
    .getByRole('button', { name: /^Placed/ })
    .first()
    .click()
  await other.getByRole('button', { name: 'Cancel order' }).click()
  await other.getByRole('button', { name: 'Yes, cancel it' }).click()
  await other.keyboard.press('Escape')
  await other.locator('dialog').waitFor({ state: 'detached' })
  answered.resolve()
  await other.getByText('Not done: The order is under way.').waitFor({ timeout: 10_000 })
  await other.context().close()
})

test.skipIf(!hasBrowser)('why something was not done stays until somebody has seen it', async () => {
  const other = await openConsole(browser, node)
  const detail = 'The node said no.'
  await other.route('**/assign', route =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      json: { code: 'driver_unavailable', detail },
    }),
  )
  await node.call('POST', '/v1/orders', { ...WISH, reference: 'refused' })
  await other.getByRole('searchbox', { name: 'Search orders' }).fill('refused')
  await other
    .getByRole('button', { name: /^Placed/ })
    .first()
    .click()
  await other.getByRole('button', { name: 'Give to a driver' }).click()
  await other
    .getByRole('region', { name: 'Drivers' })
    .getByRole('button', { name: /^drv_near/ })
    .click()
  await other.getByText(detail).waitFor()
  await Bun.sleep(NOTICE_MS)
  await screenshot(other, 'refused')
  await other.getByRole('button', { name: 'Dismiss' }).click()
  await other.getByText(detail).waitFor({ state: 'detached' })
  await other.context().close()
})
