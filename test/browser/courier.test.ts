/**
 * The courier's page in a real browser, beside a console that watches: from the link to the door, and through what goes wrong on the way. Screenshots go
 * to `.waggle/screenshots/courier-*.png`.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { callerAs } from '../http/callers.ts'
import type { Body } from '../http/node.ts'
import { until } from '../support/until.ts'
import { CourierRig, counts, drive, HERE, ME, PHONE, phoneAt, shot } from './courier-support.ts'
import { violations } from './support/axe.ts'
import { hasBrowser } from './support/browser.ts'

/** Walked slowly enough to be believed. */
const STEP_DEG = 0.0004
const AWAY_MS = 20_000

let rig: CourierRig

beforeAll(async () => {
  if (hasBrowser) rig = await CourierRig.start()
}, 120_000)

afterAll(() => rig?.stop(), 60_000)

test.skipIf(!hasBrowser)('a link signs in, and the token leaves the address bar', async () => {
  await rig.page.goto(`${rig.url}/courier`)
  await rig.heading('Waggle courier')
  await shot(rig.page, 'sign-in')
  expect(await violations(rig.page)).toEqual([])
  await rig.page.goto('about:blank')
  // What a demo would believe is nothing here: the next tests ask where the courier is.
  await rig.page.goto(`${rig.url}/courier#token=${rig.courier.token}&pretend=1.5,2.5`)
  await rig.heading('You are offline')
  expect(await rig.page.getByText('Pretended position').count()).toBe(0)
  expect(rig.page.url()).toBe(`${rig.url}/courier`)
})

test.skipIf(!hasBrowser)('a phone can install it', async () => {
  await rig.page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  const devtools = await rig.phone.newCDPSession(rig.page)
  const { url: manifestUrl, errors } = await devtools.send('Page.getAppManifest')
  expect(manifestUrl).toBe(`${rig.url}/courier.webmanifest`)
  expect(errors).toEqual([])
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  // The contexts of tests are private windows.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter(id => id !== 'in-incognito')).toEqual([])
})

test.skipIf(!hasBrowser)('online: the node knows where the courier is, and counts with it', async () => {
  await rig.tap('Go online')
  await rig.heading('Waiting for an offer')
  await until(async () => (await counts(rig.page)).stored > 0, 'a position is stored')
  await rig.page.getByText('Online', { exact: true }).waitFor()
  await shot(rig.page, 'waiting')
  const { body } = await rig.node.call('GET', `/v1/drivers/${ME}/location`)
  expect(body).toMatchObject({ ...HERE, stale: false, status: 'available' })
})

test.skipIf(!hasBrowser)('accepted here while a console watches, driven and delivered with the PIN', async () => {
  const order = await rig.book({ proof: ['pin'], items: [{ name: 'Soup', quantity: 2 }], notes: 'Ring twice' })
  const watching = await rig.browser.newPage({ viewport: { width: 1280, height: 800 } })
  await watching.goto(`${rig.node.url}/#key=${rig.node.key}`)
  await watching.getByText('Live', { exact: true }).waitFor()
  await rig.heading('New order')
  await shot(rig.page, 'offer')
  await rig.tap('Accept')
  await rig.heading('Market Street 12')
  expect((await rig.read(order)).status).toBe('assigned')
  await watching.getByText(new RegExp(`${String(order.order_id).slice(-6)}.*Ada`)).waitFor()
  await shot(rig.page, 'assigned')
  await rig.tap('Start to pickup')
  await rig.isAt(order, 'en_route_to_pickup')
  await rig.tap('I am at the pickup')
  await rig.isAt(order, 'at_pickup')
  await rig.page.getByText('Waiting since').waitFor()
  await rig.tap('Picked up')
  await rig.heading('Castro Street 7')
  await rig.isAt(order, 'en_route_to_dropoff')
  await rig.tap('Delivered')
  await rig.page.getByLabel('PIN that the customer tells you').fill('0')
  await shot(rig.page, 'pin')
  await rig.page.getByRole('dialog').getByRole('button', { name: 'Delivered' }).click()
  await rig.page.getByText(/not the PIN of the order/).waitFor()
  await shot(rig.page, 'pin-wrong')
  await rig.tap('Delivered')
  await rig.page.getByLabel('PIN that the customer tells you').fill(String((order.proof as Body).pin))
  await rig.page.getByRole('dialog').getByRole('button', { name: 'Delivered' }).click()
  await rig.heading('How was cus_1?')
  expect(await rig.read(order)).toMatchObject({ status: 'delivered', proof: { given: { pin: true } } })
  await rig.page.getByLabel('5 stars').check()
  await shot(rig.page, 'rating')
  await rig.tap('Send')
  await watching.close()
  await until(async () => {
    const { body } = await rig.node.call('GET', `/v1/orders/${order.order_id}/ratings`)
    return (body.data as Body[])[0]?.stars === 5
  }, 'the rating is there')
})

test.skipIf(!hasBrowser)('an offer that is taken back leaves the screen at once and says why', async () => {
  const order = await rig.book()
  await rig.heading('New order')
  await rig.customer.call('POST', `/v1/orders/${order.order_id}/cancel`, { reason: 'no need' })
  await rig.page.getByText('The order was cancelled.').waitFor()
  expect(await rig.page.getByRole('button', { name: 'Accept' }).count()).toBe(0)
  await shot(rig.page, 'revoked')
  await rig.endAll()
})

test.skipIf(!hasBrowser)('cancelled while driving: told at once, with the reason', async () => {
  const order = await rig.book()
  await rig.tap('Accept')
  await rig.tap('Start to pickup')
  await rig.isAt(order, 'en_route_to_pickup')
  await rig.customer.call('POST', `/v1/orders/${order.order_id}/cancel`, { reason: 'not hungry any more' })
  await rig.page.getByText(/no longer yours.*not hungry any more/).waitFor()
  await shot(rig.page, 'cancelled')
  await rig.endAll()
})

test.skipIf(!hasBrowser)(
  '20 seconds without a network: every position is stored, once; a step that was tapped is done',
  async () => {
    const order = await rig.book()
    await rig.tap('Accept')
    await rig.heading('Market Street 12')
    const places = Array.from({ length: 6 }, (_, i) => ({ ...HERE, latitude: HERE.latitude + (i + 1) * STEP_DEG }))
    const before = await counts(rig.page)
    rig.network.cut()
    const endsAtMs = Date.now() + AWAY_MS
    for (const place of places) await drive(rig.phone, rig.page, place)
    await rig.tap('Start to pickup')
    await rig.page.getByText(/is not confirmed yet/).waitFor()
    await rig.page.getByText(/No connection/).waitFor({ timeout: 40_000 })
    await shot(rig.page, 'no-network')
    expect((await counts(rig.page)).stored).toBe(before.stored)
    expect((await rig.read(order)).status).toBe('assigned')
    await until(() => Date.now() >= endsAtMs, 'it was long enough', AWAY_MS)
    rig.network.heal()
    await until(async () => (await counts(rig.page)).waiting === 0, 'everything is stored', 40_000)
    await rig.isAt(order, 'en_route_to_pickup')
    const { body } = await rig.node.call('GET', `/v1/drivers/${ME}/route`)
    const stored = (body.data as { latitude: number }[]).map(({ latitude }) => latitude)
    for (const { latitude } of places) {
      const rounded = Math.round(latitude * 1e6) / 1e6
      expect([rounded, stored.filter(known => known === rounded).length]).toEqual([rounded, 1])
    }
  },
)

test.skipIf(!hasBrowser)('opened without a network it shows the order that it has', async () => {
  await rig.phone.setOffline(true)
  await rig.page.reload()
  await rig.heading('Market Street 12')
  await rig.page.getByText(/No connection/).waitFor()
  await shot(rig.page, 'opened-offline')
  await rig.phone.setOffline(false)
  await rig.page.getByText(/No connection/).waitFor({ state: 'detached', timeout: 40_000 })
  await rig.endAll()
})

test.skipIf(!hasBrowser)('a second tab does not work beside the first one, and may take over', async () => {
  const second = await rig.phone.newPage()
  await second.goto(`${rig.url}/courier`)
  await rig.heading('Open in another window', second)
  await rig.tap('Work here instead', second)
  await rig.heading('Waiting for an offer', second)
  await rig.heading('Open in another window')
  await second.close()
  await rig.tap('Work here instead')
  await rig.heading('Waiting for an offer')
})

test.skipIf(!hasBrowser)('light and dark, wide and narrow: nothing that a rule of accessibility forbids', async () => {
  const order = await rig.book({ notes: 'The door is behind the yellow house, second floor' })
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await rig.heading('New order')
    expect(await violations(rig.page)).toEqual([])
    await shot(rig.page, `offer-${colorScheme}`)
  }
  await rig.page.setViewportSize({ width: 320, height: 640 })
  await shot(rig.page, 'offer-320')
  await rig.tap('Accept')
  await rig.heading('Market Street 12')
  for (const colorScheme of ['dark', 'light'] as const) {
    await rig.page.emulateMedia({ colorScheme })
    expect(await violations(rig.page)).toEqual([])
    await shot(rig.page, `job-320-${colorScheme}`)
  }
  expect(await rig.page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  await rig.tap('There is a problem')
  await rig.heading('What is the problem?')
  expect(await violations(rig.page)).toEqual([])
  await shot(rig.page, 'problem-320')
  await rig.tap('Too far')
  await rig.tap('Give the order back')
  await rig.isAt(order, 'placed')
  await rig.page.setViewportSize(PHONE)
  await rig.endAll()
})

test.skipIf(!hasBrowser)('where the browser may not say where it is, the page says what to do', async () => {
  const { permissions: _, ...without } = phoneAt(HERE)
  const context = await rig.browser.newContext(without)
  const other = await context.newPage()
  await rig.node.call('POST', '/v1/drivers', { driver_id: 'drv_bob' })
  const { token } = await callerAs(rig.node, 'driver', 'drv_bob')
  await other.goto(`${rig.url}/courier#token=${token}`)
  await rig.tap('Go online', other)
  await other.getByText(/may not know where you are/).waitFor()
  await shot(other, 'denied')
  await context.close()
})

test.skipIf(!hasBrowser)('a token that ends is said, and another one goes on from there', async () => {
  const short = await callerAs(rig.node, 'driver', ME, { ttlS: 4 })
  await rig.page.goto('about:blank')
  await rig.page.goto(`${rig.url}/courier#token=${short.token}`)
  await rig.heading('Your sign-in has ended')
  await shot(rig.page, 'ended')
  await rig.page.getByLabel('Token or key').fill(rig.courier.token)
  await rig.tap('Sign in')
  await rig.page.getByText('Online', { exact: true }).waitFor()
})

test.skipIf(!hasBrowser)(
  'signing out forgets everything, and the node knows; who signs in again works here',
  async () => {
    await rig.signOut()
    await rig.heading('Waggle courier')
    expect(await rig.page.evaluate('Object.keys(localStorage).length')).toBe(0)
    expect(await databases()).toBe(0)
    expect((await rig.node.call('GET', `/v1/drivers/${ME}`)).body.status).toBe('offline')
    // The seat is free again, also for this very tab.
    await rig.page.getByLabel('Token or key').fill(rig.courier.token)
    await rig.tap('Sign in')
    await rig.heading('You are offline')
  },
)

test.skipIf(!hasBrowser)(
  'nobody is shown as signed out while a tab holds on to the positions, or it is said',
  async () => {
    const frozen = await rig.frozenTab()
    const second = await rig.phone.newPage()
    await second.goto(`${rig.url}/courier`)
    await rig.heading('Open in another window', second)
    await rig.signOut()
    await until(
      async () => (await rig.page.evaluate('Object.keys(localStorage).join()')) === 'waggle.courier.owed',
      'all that can be forgotten at once is',
    )
    for (const tab of [rig.page, second]) await tab.getByText('Signing out …').waitFor()
    for (const tab of [rig.page, second]) {
      await rig.heading('Waggle courier', tab)
      await tab.getByText(/may still be on this phone/).waitFor()
    }
    await second.close()
    // Whoever comes next could keep nothing here.
    await rig.page.getByLabel('Token or key').fill(rig.courier.token)
    await rig.tap('Sign in')
    await rig.page.getByText('Signing in …').waitFor()
    await rig.page.getByText(/may still be on this phone/).waitFor()
    expect(await databases()).toBe(1)
    await frozen.close()
    await rig.tap('Sign in')
    await rig.heading('You are offline')
  },
)

test.skipIf(!hasBrowser)('another tab of the same courier says when all of it is gone, and nothing else', async () => {
  const second = await rig.phone.newPage()
  await second.goto(`${rig.url}/courier`)
  await rig.heading('Open in another window', second)
  await rig.signOut()
  await rig.heading('Waggle courier', second)
  expect(await databases()).toBe(0)
  expect(await second.getByText(/^Positions that were not sent/).count()).toBe(0)
  await second.close()
  await rig.page.getByLabel('Token or key').fill(rig.courier.token)
  await rig.tap('Sign in')
  await rig.heading('You are offline')
})

test.skipIf(!hasBrowser)('a disk that removes nothing is said, in every tab, and nobody signs in', async () => {
  const second = await rig.phone.newPage()
  await second.goto(`${rig.url}/courier`)
  await rig.heading('Open in another window', second)
  await rig.page.evaluate(BROKEN_DISK)
  await rig.signOut()
  for (const tab of [rig.page, second]) await tab.getByText(/could not be removed from this phone/).waitFor()
  await second.close()
  await rig.page.getByLabel('Token or key').fill(rig.courier.token)
  await rig.tap('Sign in')
  await rig.page.getByText('Signing in …').waitFor({ state: 'detached' })
  await rig.page.getByText(/could not be removed from this phone/).waitFor()
  await rig.page.reload()
  await rig.page.getByLabel('Token or key').fill(rig.courier.token)
  await rig.tap('Sign in')
  await rig.heading('You are offline')
})

test.skipIf(!hasBrowser)(
  'a disk that never opens keeps nobody out where nobody has worked, and holds up who comes next',
  async () => {
    const phone = await rig.browser.newContext(phoneAt(HERE))
    await phone.addInitScript(`${BROKEN_DISK}; IDBFactory.prototype.open = IDBFactory.prototype.deleteDatabase`)
    const page = await phone.newPage()
    const signInAgain = async () => {
      await page.getByLabel('Token or key').fill(rig.courier.token)
      await rig.tap('Sign in', page)
    }
    await page.goto(`${rig.url}/courier`)
    await signInAgain()
    await rig.heading('You are offline', page)
    await page.getByRole('button', { name: /this phone/ }).click()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await rig.tap('Sign out and forget', page)
    await page.getByText(/could not be removed from this phone/).waitFor()
    await page.reload()
    await signInAgain()
    await page.getByText(/could not be removed from this phone/).waitFor()
    await phone.close()
  },
)

/** What is said of the courier's availability, of which the first waits until it is let go. */
async function goOnlineHeld(): Promise<{ held: PromiseWithResolvers<void>; asked: string[] }> {
  const held = Promise.withResolvers<void>()
  const asked: string[] = []
  await rig.page.route('**/availability', async route => {
    asked.push(route.request().postDataJSON().status)
    if (asked.length === 1) await held.promise
    await route.continue()
  })
  await rig.tap('Go online')
  await until(() => asked.length === 1, 'going online is on its way')
  return { held, asked }
}

test.skipIf(!hasBrowser)('who signs out while "Go online" is still on its way is off duty in the end', async () => {
  const { held, asked } = await goOnlineHeld()
  await rig.signOut()
  await rig.page.getByText('Signing out').waitFor()
  held.resolve()
  await rig.heading('Waggle courier')
  expect(asked).toEqual(['available', 'offline'])
  await until(async () => (await statusOf(ME)) === 'offline', 'the node knows')
  expect(await rig.page.getByText(/could not be told/).count()).toBe(0)
  await rig.page.unroute('**/availability')
})

test.skipIf(!hasBrowser)(
  'who signs in again takes the last word back, also after having been signed out here',
  async () => {
    await rig.page.getByLabel('Token or key').fill(rig.courier.token)
    await rig.tap('Sign in')
    const { held, asked } = await goOnlineHeld()
    await rig.signOut()
    await rig.heading('Waggle courier')
    await rig.page.getByLabel('Token or key').fill(rig.courier.token)
    await rig.tap('Sign in')
    await rig.heading(/You are o/)
    held.resolve()
    await until(async () => (await statusOf(ME)) === 'available', 'what was held has arrived')
    await Bun.sleep(1_000)
    expect(asked).toEqual(['available', 'offline'])
    expect(await statusOf(ME)).toBe('available')
    await rig.page.unroute('**/availability')
  },
)

/** As one that has failed. */
const BROKEN_DISK = `IDBFactory.prototype.deleteDatabase = () => {
  const request = { error: new DOMException('The disk has failed.', 'UnknownError') }
  setTimeout(() => request.onerror())
  return request
}`

/** How many the page has in the browser, those of its positions. */
function databases(): Promise<unknown> {
  return rig.page.evaluate('indexedDB.databases().then(all => all.length)')
}

async function statusOf(driverId: string): Promise<unknown> {
  return (await rig.node.call('GET', `/v1/drivers/${driverId}`)).body.status
}
