/** Lists of the console where a fleet is larger than they are, or the node fails in the middle of one. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page, Route } from 'playwright-core'
import { startTestNode, type TestNode } from '../http/node.ts'
import { hasBrowser, launchBrowser } from './support/browser.ts'
import { openConsole } from './support/console.ts'
import { driveAll } from './support/fleet.ts'

/** As many as a page of the list has. */
const PAGE = 100

let node: TestNode
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  node = await startTestNode()
  await driveAll(node, PAGE + 1, 0)
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await node?.stop()
}, 60_000)

/** The list of drivers, of whose further pages each is answered so. */
async function driversWith(furtherPage: (route: Route) => Promise<void>): Promise<Page> {
  const page = await openConsole(browser, node)
  await page.route(/\/v1\/drivers\?limit=100&cursor=/, furtherPage)
  await page.evaluate(`location.hash = '#/fleet'`)
  await page.getByRole('button', { name: 'Show more' }).waitFor()
  return page
}

test.skipIf(!hasBrowser)(
  'a search that the node refuses to go on with is told, and does not ask again by itself',
  async () => {
    let asked = 0
    const page = await driversWith(route => {
      asked++
      return route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: '{"detail": "The record is away."}',
      })
    })
    await page.getByRole('searchbox', { name: 'Search' }).fill('drv_1')
    await page.getByText('The record is away.').waitFor()
    await Bun.sleep(1_000)
    expect(asked).toBe(1)
    await page.context().close()
  },
)

test.skipIf(!hasBrowser)('of a fleet that is larger than the list, the list says so', async () => {
  const { body } = await node.call('GET', `/v1/drivers?limit=${PAGE}`)
  const rows = body.data as { driver_id: string }[]
  let pages = 1
  const page = await driversWith(route => {
    const data = rows.map(row => ({ ...row, driver_id: `${row.driver_id}_${pages}` }))
    pages++
    return route.fulfill({ json: { data, next_cursor: 'more' } })
  })
  await page.getByRole('searchbox', { name: 'Search' }).fill('no such driver')
  await page.getByText('0 of the first 5,000').waitFor()
  await page.getByText('There are more than these 5,000.').waitFor()
  await page.context().close()
})
