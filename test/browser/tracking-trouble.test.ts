/** The tracking page while its node is started anew, and while the record stands still. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { discardEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { startTestNode, type TestNode } from '../http/node.ts'
import { NodeProcess } from '../support/node-process.ts'
import { until } from '../support/until.ts'
import { hasBrowser, launchBrowser } from './support/browser.ts'
import { type Called, courierAt, courierNear, drive, openPhone, orderToFollow, shot } from './tracking-support.ts'

const LINKS = { WAGGLE_TRACKING_SECRET: 'a-secret-of-tracking-links-0123456789', WAGGLE_RATE_LIMITS: 'off' }

let browser: Browser

beforeAll(async () => {
  if (hasBrowser) browser = await launchBrowser()
}, 60_000)

afterAll(() => browser?.close())

const headline = (page: Page, text: string) => page.getByRole('heading', { level: 1, name: text }).waitFor()
const isLive = (page: Page) => page.locator('.line-live').waitFor()

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return address.port
}

test.skipIf(!hasBrowser)(
  'a page goes on where it was when its node has been started anew',
  async () => {
    const env = { ...LINKS, PORT: String(await freePort()) }
    const before = await startTestNode(env)
    await courierNear(before, 'drv_1')
    const order = await orderToFollow(before)
    await order.assign('drv_1')
    const page = await openPhone(browser)
    await page.goto(order.url(before.url))
    await headline(page, 'A courier has your order')
    await isLive(page)
    await before.end()
    await page.getByText('No connection, trying again').waitFor()
    await headline(page, 'A courier has your order')
    await shot(page, 'node-away')

    const after = await startTestNode(env, before.postgresUrl)
    const endedMs = performance.now()
    await isLive(page)
    process.stdout.write(
      `tracking page: live ${Math.round(performance.now() - endedMs)} ms after its node was ready again\n`,
    )
    await after.call('POST', `/v1/orders/${order.orderId}/status`, { status: 'en_route_to_pickup' })
    await headline(page, 'Courier on the way to the pickup')
    await page.context().close()
    await after.stop()
  },
  180_000,
)

const TRIES_MAX = 5

/** The page of an order that lives for seconds: a busy machine may take longer than that to show the first one. */
async function openWhileOpen(page: Page, node: TestNode): Promise<void> {
  const open = page.getByRole('heading', { level: 1, name: 'Finding you a courier' })
  const over = page.getByRole('heading', { level: 1, name: 'No courier was free' })
  for (let tries = 1; ; tries++) {
    const order = await orderToFollow(node)
    await page.goto('about:blank')
    await page.goto(order.url(node.url))
    await open.or(over).waitFor()
    if ((await open.count()) > 0) return
    if (tries === TRIES_MAX) throw new Error(`none of ${tries} orders was seen before it was over`)
  }
}

test.skipIf(!hasBrowser)(
  'an order that nobody takes ends with a sentence',
  async () => {
    const node = await startTestNode({ ...LINKS, WAGGLE_ORDER_TTL_S: '10' })
    const page = await openPhone(browser)
    await openWhileOpen(page, node)
    await headline(page, 'No courier was free')
    await page.getByText('Whoever placed it can order again.').waitFor()
    expect(await page.locator('.map-box').count()).toBe(0)
    await shot(page, 'expired')
    await page.context().close()
    await node.stop()
  },
  120_000,
)

/** Postgres and all that it has started, as the operating system lists them. */
async function recordOf(dataDir: string): Promise<number[]> {
  const file = join(dataDir, 'postgres', 'pgdata', 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0])
  const listed = Bun.spawnSync(['ps', '-o', 'pid=', '--ppid', String(pid)]).stdout.toString()
  return [pid, ...listed.split('\n').map(Number).filter(Boolean)]
}

test.skipIf(!hasBrowser)(
  'while the record stands still a page goes on, and one that is opened keeps trying',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'waggle-tracking-'))
    const node = await NodeProcess.start({ ...LINKS, WAGGLE_DATA_DIR: dataDir })
    try {
      const called: Called = { call: (method, path, body) => node.ask(method, path, body) }
      await courierNear(called, 'drv_1')
      const order = await orderToFollow(called)
      await order.assign('drv_1')
      await order.step('en_route_to_pickup')
      const page = await openPhone(browser)
      await page.goto(order.url(node.url))
      await headline(page, 'Courier on the way to the pickup')
      await until(async () => (await courierAt(page)) !== null, 'the courier is on the map', 60_000)
      await isLive(page)

      const record = await recordOf(dataDir)
      for (const pid of record) process.kill(pid, 'SIGSTOP')
      const before = await courierAt(page)
      // Not acknowledged until the record answers, or refused (then a phone sends it again); seen at once.
      const moved = drive(called, 'drv_1', -0.1).then(() => null, String)
      await until(async () => (await courierAt(page))?.x !== before?.x, 'the courier is seen to move')
      const late = await openPhone(browser)
      await late.goto(order.url(node.url))
      await late.getByText('This page keeps trying.').waitFor()
      await shot(late, 'record-away')

      for (const pid of record.toReversed()) process.kill(pid, 'SIGCONT')
      await headline(late, 'Courier on the way to the pickup')
      await isLive(late)
      expect((await moved) ?? '503').toContain('503')
      await order.step('at_pickup')
      await headline(page, 'Courier is at the pickup')
      await headline(late, 'Courier is at the pickup')
      await late.context().close()
      await page.context().close()
    } finally {
      await node.stop()
      await discardEmbeddedPostgres(dataDir)
      await rm(dataDir, { recursive: true, force: true })
    }
  },
  240_000,
)
