/** The courier's page where answers, nodes and clocks fail it; and the ends of an order that are no delivery by PIN. */

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { callerAs } from '../http/callers.ts'
import { type Body, startTestNode } from '../http/node.ts'
import { until } from '../support/until.ts'
import { CourierRig, HERE, ME, phoneAt, RIG_ENV, shot } from './courier-support.ts'
import { violations } from './support/axe.ts'
import { hasBrowser } from './support/browser.ts'

const SKEW_MS = 7 * 60_000

let rig: CourierRig

beforeAll(async () => {
  if (!hasBrowser) return
  rig = await CourierRig.start()
  await rig.signInAndGoOnline()
}, 120_000)

afterAll(() => rig?.stop(), 60_000)

test.skipIf(!hasBrowser)('an accept whose answer is lost is no order until the repeat has said so', async () => {
  const order = await rig.book()
  await rig.heading('New order')
  const held = Promise.withResolvers<void>()
  let accepts = 0
  await rig.page.route('**/accept', async route => {
    if (++accepts === 1) {
      // The node has it; the phone hears nothing of it.
      await rig.courier.call('POST', new URL(route.request().url()).pathname)
      await route.abort()
    } else {
      await held.promise
      await route.continue()
    }
  })
  // Nor by the socket.
  rig.network.cut()
  await rig.tap('Accept')
  await rig.page.getByText(/not sure that the order is yours/).waitFor()
  await shot(rig.page, 'unsure')
  expect(await rig.page.getByRole('heading', { name: 'Market Street 12' }).count()).toBe(0)
  rig.network.heal()
  held.resolve()
  await rig.heading('Market Street 12')
  await rig.isAt(order, 'assigned')
  await rig.page.unroute('**/accept')
  await rig.page.reload()
  await rig.endAll()
})

test.skipIf(!hasBrowser)(
  'a node that is started anew in the middle of an order: the phone goes on where it was',
  async () => {
    const order = await rig.book()
    await rig.tap('Accept')
    await rig.tap('Start to pickup')
    await rig.isAt(order, 'en_route_to_pickup')
    const { url, postgresUrl } = rig.node
    await rig.node.end()
    await rig.page.getByText(/No connection/).waitFor()
    await rig.tap('I am at the pickup')
    await rig.page.getByText(/is not confirmed yet/).waitFor()
    rig.node = await startTestNode({ ...RIG_ENV, PORT: new URL(url).port }, postgresUrl)
    await rig.page.getByText(/No connection/).waitFor({ state: 'detached', timeout: 40_000 })
    await rig.isAt(order, 'at_pickup')
    await rig.page.getByText(/is not confirmed yet/).waitFor({ state: 'detached' })
    await rig.endAll()
  },
)

test.skipIf(!hasBrowser)(
  'delivered with a photo and a signature: their digests are in the order, they are on the phone',
  async () => {
    const order = await rig.book({ proof: ['photo', 'signature'] })
    await rig.tap('Accept')
    for (const name of ['Start to pickup', 'I am at the pickup', 'Picked up', 'Delivered']) await rig.tap(name)
    const picture = Buffer.from('a picture, for all that anybody here knows')
    const saved = rig.page.waitForEvent('download')
    await rig.page
      .getByLabel('Photo of the delivery')
      .setInputFiles({ name: 'door.jpg', mimeType: 'image/jpeg', buffer: picture })
    const file = (await saved).suggestedFilename()
    await rig.page.getByLabel('Or the name in letters').fill('Grace Hopper')
    expect(await violations(rig.page)).toEqual([])
    await rig.page.getByRole('button', { name: 'Sign', exact: true }).click()
    await rig.page.getByRole('button', { name: 'Signed and saved' }).waitFor()
    await shot(rig.page, 'signature')
    await rig.page.getByRole('dialog').getByRole('button', { name: 'Delivered' }).click()
    await rig.isAt(order, 'delivered')
    const { given } = (await rig.read(order)).proof as {
      given: Record<'photo' | 'signature', { ref: string; sha256: string }>
    }
    expect(given.photo).toEqual({ ref: `file:${file}`, sha256: createHash('sha256').update(picture).digest('hex') })
    expect(given.signature.ref).toEndWith('.png')
    await rig.tap('Skip')
  },
)

test.skipIf(!hasBrowser)('nobody comes: too early says until when to wait', async () => {
  await rig.book()
  await rig.tap('Accept')
  for (const name of ['Start to pickup', 'I am at the pickup', 'There is a problem', 'Nobody is here'])
    await rig.tap(name)
  await rig.page.getByText(/^Wait until/).waitFor()
  await shot(rig.page, 'no-show')
  await rig.tap('Close')
  await rig.endAll()
})

test.skipIf(!hasBrowser)('two orders are shown in order, and another one may be done first', async () => {
  await rig.node.call('PATCH', `/v1/drivers/${ME}`, { capacity: 2 })
  const there = { latitude: 37.775, longitude: -122.415 }
  for (const address of ['Pine Street 1', 'Oak Street 2']) {
    const order = await rig.book({ pickup: { ...there, address }, vehicle_type: 'nobody_has_it' })
    expect((await rig.node.call('POST', `/v1/orders/${order.order_id}/assign`, { driver_id: ME })).status).toBe(200)
  }
  await rig.heading('After this')
  await shot(rig.page, 'two-orders')
  expect(await violations(rig.page)).toEqual([])
  const first = await rig.page.getByRole('heading', { level: 1 }).textContent()
  await rig.tap('Do it first')
  await until(async () => (await rig.page.getByRole('heading', { level: 1 }).textContent()) !== first, 'it is first')
  await rig.endAll()
})

test.skipIf(!hasBrowser)(
  'the link of another courier asks before it forgets an order, and forgets nothing unless it may',
  async () => {
    await rig.node.call('POST', '/v1/drivers', { driver_id: 'drv_bob' })
    const { token } = await callerAs(rig.node, 'driver', 'drv_bob')
    await rig.book()
    await rig.tap('Accept')
    await rig.heading('Market Street 12')
    await rig.page.goto('about:blank')
    await rig.page.goto(`${rig.url}/courier#token=${token}`)
    await rig.heading('Sign in as drv_bob?')
    await shot(rig.page, 'replace')
    expect(await violations(rig.page)).toEqual([])
    await rig.tap('Stay signed in as drv_ada')
    await rig.heading('Market Street 12')
    await rig.page.evaluate(`location.hash = 'token=${token}'`)
    await rig.heading('Sign in as drv_bob?')
    await rig.tap('Stay signed in as drv_ada')
    await rig.heading('Market Street 12')
    await rig.endAll()
  },
)

test.skipIf(!hasBrowser)('whoever was on duty on a phone that another takes over is so no more', async () => {
  const statusOf = async (id: string) => (await rig.node.call('GET', `/v1/drivers/${id}`)).body.status
  const phone = await rig.browser.newContext(phoneAt(HERE))
  const page = await phone.newPage()
  const links: string[] = []
  for (const id of ['drv_carl', 'drv_dora', 'drv_emil']) {
    await rig.node.call('POST', '/v1/drivers', { driver_id: id })
    links.push(`${rig.url}/courier#token=${(await callerAs(rig.node, 'driver', id)).token}`)
  }
  const [carls = '', doras = '', emils = ''] = links
  const goOnline = async (id: string) => {
    await rig.tap('Go online', page)
    await until(async () => (await statusOf(id)) === 'available', `${id} is on duty`)
    const waiting = 'globalThis.waggleCourier.positions()?.waiting ?? 1'
    await until(async () => (await page.evaluate(waiting)) === 0, 'its positions are stored')
  }
  await page.goto(carls)
  await goOnline('drv_carl')
  // Where the page is open, and where it was closed.
  await page.evaluate(`location.hash = '${new URL(doras).hash}'`)
  await forgetIfAsked(page)
  await until(async () => (await statusOf('drv_carl')) === 'offline', 'the first one is off duty')
  await goOnline('drv_dora')
  await page.goto('about:blank')
  await page.goto(emils)
  await forgetIfAsked(page)
  await until(async () => (await statusOf('drv_dora')) === 'offline', 'the second one is off duty')
  await goOnline('drv_emil')
  await phone.close()
})

test.skipIf(!hasBrowser)('that one is still on duty is said also where another tab delays who comes next', async () => {
  const phone = await rig.browser.newContext(phoneAt(HERE))
  const page = await phone.newPage()
  const links: string[] = []
  for (const id of ['drv_fred', 'drv_gina']) {
    await rig.node.call('POST', '/v1/drivers', { driver_id: id })
    links.push(`${rig.url}/courier#token=${(await callerAs(rig.node, 'driver', id)).token}`)
  }
  const [freds = '', ginas = ''] = links
  await page.goto(freds)
  await rig.tap('Go online', page)
  await page.getByText('Online', { exact: true }).waitFor()
  const frozen = await rig.frozenTab(phone)
  await page.route('**/availability', route => route.abort())
  await page.goto('about:blank')
  await page.goto(ginas)
  const ask = page.getByRole('button', { name: /Forget it and sign in/ })
  const held = page.getByText(/may still be on this phone/)
  await ask.or(held).first().waitFor({ timeout: 20_000 })
  if (await ask.isVisible()) await ask.click()
  await held.waitFor({ timeout: 20_000 })
  await page.getByText(/drv_fred was on duty on this phone/).waitFor()
  await frozen.close()
  await rig.tap('Sign in', page)
  await rig.heading('You are offline', page)
  await page.getByText(/drv_fred was on duty on this phone/).waitFor()
  await phone.close()
  await rig.node.call('PUT', '/v1/drivers/drv_fred/availability', { status: 'offline' })
})

/** A position may just be on its way. */
async function forgetIfAsked(page: Page): Promise<void> {
  const ask = page.getByRole('button', { name: /Forget it and sign in/ })
  const done = page.getByRole('button', { name: 'Go online' })
  await ask.or(done).first().waitFor()
  if (await ask.isVisible()) await ask.click()
  await done.waitFor()
}

/** The clock of a phone that is wrong, with its receiver's. */
const WRONG_CLOCK = `(() => {
  const Right = Date
  globalThis.Date = class extends Right {
    constructor(...given) { given.length === 0 ? super(Right.now() + ${SKEW_MS}) : super(...given) }
    static now() { return Right.now() + ${SKEW_MS} }
  }
  const watch = navigator.geolocation.watchPosition.bind(navigator.geolocation)
  navigator.geolocation.watchPosition = (came, ...more) => watch(
    ({ coords, timestamp }) => came({ coords, timestamp: timestamp + ${SKEW_MS} }), ...more)
})()`

test.skipIf(!hasBrowser)(
  'a phone that is seven minutes ahead: offers have their time, and positions theirs',
  async () => {
    await rig.tap('Go offline')
    const phone = await rig.browser.newContext(phoneAt({ ...HERE, latitude: 37.7705 }))
    await phone.addInitScript(WRONG_CLOCK)
    const page = await phone.newPage()
    await rig.node.call('POST', '/v1/drivers', { driver_id: 'drv_eve', name: 'Eve' })
    const { token } = await callerAs(rig.node, 'driver', 'drv_eve')
    await page.goto(`${rig.url}/courier#token=${token}`)
    await rig.tap('Go online', page)
    await until(
      async () => (await rig.node.call('GET', '/v1/drivers/drv_eve/location')).status === 200,
      'its position is known',
    )
    const { recorded_at } = (await rig.node.call('GET', '/v1/drivers/drv_eve/location')).body as { recorded_at: string }
    expect(Math.abs(Date.parse(recorded_at) - Date.now())).toBeLessThan(10_000)
    await rig.book()
    const timer = page.getByRole('timer')
    await timer.waitFor()
    const leftS = Number.parseInt((await timer.getAttribute('aria-label')) ?? '', 10)
    expect(leftS).toBeGreaterThan(20)
    expect(leftS).toBeLessThanOrEqual(30)
    await rig.tap('Accept', page)
    await rig.heading('Market Street 12', page)
    const { body } = await rig.node.call('GET', '/v1/orders?driver_id=drv_eve')
    expect((body.data as Body[])[0]?.status).toBe('assigned')
    await phone.close()
  },
)
