/** The management views of the console: what an admin does there, in a real browser. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { VIEWS } from '../../src/web/console/views-list.ts'
import { callerAs, TOKEN_ENV } from '../http/callers.ts'
import { type Body, startTestNode, type TestNode } from '../http/node.ts'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { violations } from './support/axe.ts'
import { hasBrowser, launchBrowser, screenshot } from './support/browser.ts'
import { foundCompany } from './support/company.ts'
import { openConsole } from './support/console.ts'

let node: TestNode
let browser: Browser
let page: Page
let receiver: WebhookReceiver

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true' })
  receiver = new WebhookReceiver()
  await foundCompany(node, receiver.url)
  browser = await launchBrowser()
  page = await openConsole(browser, node)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await receiver?.stop()
  await node?.stop()
}, 60_000)

/** Each begins at the map, as somebody who has just come. */
beforeEach(async () => {
  if (hasBrowser) await goTo('map', page)
})

async function goTo(view: string, where: Page = page): Promise<void> {
  await where.evaluate(`location.hash = '#/${view}'`)
}

const button = (name: string | RegExp, where: Page = page) => where.getByRole('button', { name, exact: true })
const heading = (name: string, where: Page = page) => where.getByRole('heading', { name, exact: true, level: 2 })
const dialog = () => page.getByRole('dialog')
const row = (text: string) => page.getByRole('row').filter({ hasText: text })
/** Of the whole page, past the bar and the navigation. */
const clickMap = (x: number, y: number) => page.mouse.click(x, y)

test.skipIf(!hasBrowser)(
  'whoever goes to a view by keys is at its heading, and the navigation says where that is',
  async () => {
    await page.getByRole('link', { name: 'Vehicles', exact: true }).focus()
    await page.keyboard.press('Enter')
    await heading('Vehicles').waitFor()
    await until(async () => (await page.title()) === 'Vehicles · Waggle', 'the title says where that is')
    expect(await page.evaluate('document.activeElement.outerHTML')).toMatch(/^<h2 .*>Vehicles</)
    expect(await page.locator('nav [aria-current=page]').innerText()).toBe('Vehicles')
    await page.goBack()
    await page.locator('nav [aria-current=page]', { hasText: 'Map' }).waitFor()
  },
)

test.skipIf(!hasBrowser)(
  'a dispatcher is offered what a dispatcher may do, and told calmly what is for admins',
  async () => {
    const { token } = await callerAs(node, 'dispatcher', 'dis_1')
    const other = await openConsole(browser, { url: node.url, key: token })
    await other.getByRole('link', { name: 'Zones', exact: true }).waitFor()
    expect(await other.locator('nav a').allInnerTexts()).toEqual(['Map', 'Drivers', 'Vehicles', 'Zones'])
    await goTo('keys', other)
    await other.getByText('You are signed in as dispatcher.').waitFor()
    await goTo('zones', other)
    await heading('Zones', other).waitFor()
    expect(await other.getByRole('link', { name: 'Draw a zone' }).count()).toBe(0)
    await goTo('vehicles', other)
    await heading('Vehicles', other).waitFor()
    expect(await button('New vehicle', other).count()).toBe(0)
    await other.context().close()
  },
)

test.skipIf(!hasBrowser)('a zone is drawn by clicks, and orders outside of it are refused', async () => {
  await goTo('zones/new')
  await page.getByLabel('Name').fill('Inner city')
  for (const [x, y] of [
    [700, 300],
    [1_000, 300],
    [1_000, 600],
    [700, 600],
  ] as const) {
    await clickMap(x, y)
  }
  await page.getByText('Click the first corner, or press Enter, to close it.').waitFor()
  await clickMap(700, 300)
  await page.getByText('4 corners.').waitFor()
  await screenshot(page, 'zone-drawn')
  await page.mouse.move(1_000, 600)
  await page.mouse.down()
  await page.mouse.move(1_050, 640, { steps: 4 })
  await page.mouse.up()
  await button('Save').click()
  await page.getByText('Inner city is saved.').waitFor()
  await heading('Zones').waitFor()

  await goTo('map')
  await button('New order').click()
  await clickMap(800, 400)
  await clickMap(600, 540)
  await page.getByRole('alert').filter({ hasText: 'Outside of every service area' }).waitFor()
  await button('Begin again').click()
  await clickMap(800, 400)
  await clickMap(850, 450)
  await button('Book').waitFor()
  await page.getByRole('complementary', { name: 'New order' }).getByRole('button', { name: 'Close' }).click()

  const { body } = await node.call('GET', '/v1/zones?kind=service_area')
  await goTo(`zones/${(body.data as Body[])[0]?.zone_id}`)
  await button('Retire').click()
  await button('Retire it').click()
  await page.getByText('Inner city is retired.').waitFor()
})

test.skipIf(!hasBrowser)('a zone is drawn by keys alone, and what the API refuses stands at its corner', async () => {
  await goTo('zones/new')
  await page.getByLabel('Name').fill('Bow tie')
  await page.getByLabel('Kind').selectOption('geofence')
  const corners = [
    ['37.76', '-122.44'],
    ['37.77', '-122.43'],
    ['37.76', '-122.43'],
    ['37.77', '-122.44'],
  ] as const
  for (const [i, [latitude, longitude]] of corners.entries()) {
    await button('Add a corner').press('Enter')
    await page.getByLabel(`Latitude of corner ${i + 1}`).fill(latitude)
    await page.getByLabel(`Longitude of corner ${i + 1}`).fill(longitude)
    await page.keyboard.press('Tab')
  }
  await button('Close the shape').press('Enter')
  await button('Save').press('Enter')
  await page.locator('.corner-wrong').filter({ hasText: 'The ring crosses or touches itself' }).waitFor()
  await button('Remove corner 3').press('Enter')
  await button('Save').press('Enter')
  await page.getByText('Bow tie is saved.').waitFor()
  const { body } = await node.call('GET', '/v1/zones?kind=geofence')
  const drawn = (body.data as { name: string; geometry: { coordinates: number[][][] } }[]).find(
    z => z.name === 'Bow tie',
  )
  expect(drawn?.geometry.coordinates[0]).toHaveLength(4)
})

test.skipIf(!hasBrowser)('a driver is found by name, paused, and shown on the map', async () => {
  await goTo('fleet')
  await page.getByLabel('Search').fill('kofi')
  await button('Pause Kofi').click()
  await page.getByText('Kofi is paused.').waitFor()
  await button('Let work: Kofi').waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
  expect((await node.call('GET', '/v1/drivers/drv_10')).body.status).toBe('paused')
  await button('Show Kofi on the map').click()
  await page.getByRole('complementary', { name: 'Driver' }).getByRole('heading', { name: 'drv_10' }).waitFor()
})

test.skipIf(!hasBrowser)(
  'a vehicle is added with its maintenance; a time that is wrong is said at its field',
  async () => {
    await goTo('vehicles')
    await button('New vehicle').click()
    await dialog().getByLabel('Type').fill('van')
    await dialog().getByLabel('Plate').fill('WA 77')
    await dialog().getByRole('button', { name: 'Add a period' }).click()
    await dialog().getByLabel('From').fill('2030-01-02T08:00')
    await dialog().getByLabel('To', { exact: true }).fill('2030-01-01T08:00')
    await dialog().getByRole('button', { name: 'Save' }).click()
    await dialog().locator('.field-error').filter({ hasText: 'Expected a time after from' }).waitFor()
    await dialog().getByLabel('To', { exact: true }).fill('2030-01-03T08:00')
    await dialog().getByRole('button', { name: 'Save' }).click()
    await page.getByText('WA 77 is saved.').waitFor()
    await button('Delete WA 77').click()
    await button('Delete it').click()
    await page.getByText('WA 77 is deleted.').waitFor()
    await row('WA 77').waitFor({ state: 'detached' })
  },
)

test.skipIf(!hasBrowser)(
  'prices are tried on past quotes before they count, and a wrong one is said at its field',
  async () => {
    await goTo('prices/new')
    await page.getByLabel('Version').fill('dearer')
    await page.getByLabel('Base fare').fill('2.50')
    await button('Try on past quotes').click()
    await page.locator('.field-wrong').filter({ hasText: 'Base fare' }).waitFor()
    await page.getByLabel('Base fare').fill('900')
    await button('Try on past quotes').click()
    await page
      .locator('.share-dearer')
      .filter({ hasText: /[1-9]\d* dearer/ })
      .waitFor()
    await page.getByRole('table', { name: 'Those that would change most' }).waitFor()
    await screenshot(page, 'prices-preview')
    await button('Activate …').click()
    await dialog()
      .getByText(/^Of (\d+) past quotes \1 would have been dearer and 0 cheaper\.$/)
      .waitFor()
    await button('Activate it now').click()
    await page.getByText('Ruleset dearer is made.').waitFor()
    await row('dearer').getByText('In force').waitFor()
    await page.getByRole('row').nth(2).getByText('Behind a later one').waitFor()
  },
)

test.skipIf(!hasBrowser)('a key is made with its scopes, its secret is shown once, and it is revoked', async () => {
  await goTo('keys')
  await button('New key').click()
  await button('Make the key').click()
  await dialog().locator('.field-wrong').filter({ hasText: 'Name' }).waitFor()
  await dialog().getByLabel('Name').fill('Kiosk')
  await dialog().getByLabel('zones:read').check()
  await button('Make the key').click()
  const secret = await dialog().locator('.secret').innerText()
  const asKiosk = { authorization: `Bearer ${secret}` }
  expect((await node.call('GET', '/v1/zones', undefined, asKiosk)).status).toBe(200)
  expect((await node.call('GET', '/v1/drivers', undefined, asKiosk)).status).toBe(403)
  await button('I have it').click()
  await row('Kiosk').getByText('zones:read').waitFor()
  expect(await page.content()).not.toContain(secret)
  await button('Rotate Kiosk').click()
  await dialog().getByLabel('The old secret is good for').selectOption('0')
  await button('Make another secret').click()
  expect(await dialog().locator('.secret').innerText()).not.toBe(secret)
  await button('I have it').click()
  await button('Revoke Kiosk').click()
  await button('Revoke it').click()
  await row('Kiosk').getByText('Revoked').waitFor()
})

test.skipIf(!hasBrowser)('an endpoint is made, sent a test event, and what it took is sent again', async () => {
  await goTo('webhooks')
  await button('New endpoint').click()
  await dialog().getByLabel('Address').fill('ftp://nowhere')
  await button('Make the endpoint').click()
  await dialog().locator('.field-wrong').filter({ hasText: 'Address' }).waitFor()
  await dialog().getByLabel('Address').fill(`${receiver.url}/second`)
  await button('Make the endpoint').click()
  expect(await dialog().locator('.secret').innerText()).toStartWith('whsec_')
  await button('I have it').click()
  await heading('Endpoint').waitFor()
  await button('Send a test event').click()
  await row('webhook.test').getByText('Delivered').waitFor()
  await screenshot(page, 'webhook-deliveries')
  await page.getByRole('button', { name: /^Replay webhook\.test/ }).click()
  await row('webhook.test').getByText('replayed 1 ×').waitFor()
  await button('Disable').click()
  await page.getByText('Disabled: what happens waits for it').waitFor()
  await button('Delete').click()
  await button('Delete it').click()
  await page.getByText('The endpoint is deleted.').waitFor()
})

for (const scheme of ['light', 'dark'] as const) {
  test.skipIf(!hasBrowser)(`no view breaks a rule of accessibility, ${scheme}`, async () => {
    const other = await openConsole(browser, node, { scheme })
    const broken: string[] = []
    for (const view of [...VIEWS.map(({ name }) => name), 'zones/new', 'prices/new']) {
      await goTo(view, other)
      await other.locator('.view-heading').waitFor({ state: 'attached' })
      await until(async () => (await other.locator('.reading').count()) === 0, `${view} has been read`)
      broken.push(...(await violations(other)).map(each => `${view}: ${each}`))
      await screenshot(other, `view-${view.replace('/', '-')}-${scheme}`)
    }
    await other.context().close()
    expect(broken).toEqual([])
  })
}
