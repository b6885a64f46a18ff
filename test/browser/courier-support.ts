/** What the courier's tests need of a browser and a node. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type Caller, callerAs, TOKEN_ENV } from '../http/callers.ts'
import { type Body, startTestNode, type TestNode } from '../http/node.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { launchBrowser, screenshot } from './support/browser.ts'

export const ME = 'drv_ada'
export const HERE = { latitude: 37.77, longitude: -122.42 }
const PICKUP = { latitude: 37.772, longitude: -122.418, address: 'Market Street 12' }
const DROPOFF = { latitude: 37.781, longitude: -122.411, address: 'Castro Street 7' }
/** Long enough for a slow machine to look at it. */
const OFFER_TTL_S = '30'
export const RIG_ENV = { ...TOKEN_ENV, WAGGLE_OFFER_TTL_S: OFFER_TTL_S, WAGGLE_JWT_TOLERANCE_S: '0' }

/** A node, a network that can be cut, a browser, and a courier's phone in it. */
export class CourierRig {
  /** The present one: a node may be started anew. */
  node: TestNode
  readonly network: TcpProxy
  readonly browser: Browser
  readonly phone: BrowserContext
  readonly page: Page
  readonly courier: Caller
  readonly customer: Caller

  private constructor(
    parts: Pick<CourierRig, 'node' | 'network' | 'browser' | 'phone' | 'page' | 'courier' | 'customer'>,
  ) {
    this.node = parts.node
    this.network = parts.network
    this.browser = parts.browser
    this.phone = parts.phone
    this.page = parts.page
    this.courier = parts.courier
    this.customer = parts.customer
  }

  static async start(): Promise<CourierRig> {
    const node = await startTestNode(RIG_ENV)
    const network = await TcpProxy.start(Number(new URL(node.url).port))
    await node.call('POST', '/v1/drivers', { driver_id: ME, name: 'Ada', capacity: 1 })
    const browser = await launchBrowser()
    const phone = await browser.newContext(phoneAt(HERE))
    const page = await phone.newPage()
    const [courier, customer] = [await callerAs(node, 'driver', ME), await callerAs(node, 'customer', 'cus_1')]
    return new CourierRig({ node, network, browser, phone, page, courier, customer })
  }

  get url(): string {
    return `http://127.0.0.1:${this.network.port}`
  }

  async signInAndGoOnline(): Promise<void> {
    await this.page.goto(`${this.url}/courier#token=${this.courier.token}`)
    await this.tap('Go online')
    await this.page.getByText('Online', { exact: true }).waitFor()
    await until(async () => (await counts(this.page)).stored > 0, 'a position is stored')
  }

  tap(name: string | RegExp, on: Page = this.page): Promise<void> {
    return on.getByRole('button', { name }).click()
  }

  heading(name: string | RegExp, on: Page = this.page): Promise<void> {
    return on.getByRole('heading', { name }).waitFor()
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: /this phone/ }).click()
    await shot(this.page, 'phone')
    await this.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await this.tap('Sign out and forget')
  }

  /** @returns one on the same phone that lets go of nothing until it is closed. */
  async frozenTab(phone = this.phone): Promise<Page> {
    const tab = await phone.newPage()
    await tab.goto(`${this.url}/courier.webmanifest`)
    await tab.evaluate(
      `new Promise(done => { indexedDB.open('waggle-courier').onsuccess = ({ target }) => done((globalThis.held = target.result).version) })`,
    )
    return tab
  }

  async book(more: object = {}): Promise<Body> {
    const body = { pickup: PICKUP, dropoff: DROPOFF, customer_id: 'cus_1', ...more }
    const answer = await this.node.call('POST', '/v1/orders', body)
    if (answer.status !== 201) throw new Error(`not booked: ${answer.text}`)
    return answer.body
  }

  async read({ order_id }: Body): Promise<Body> {
    return (await this.node.call('GET', `/v1/orders/${order_id}`)).body
  }

  isAt(order: Body, status: string): Promise<void> {
    return until(async () => (await this.read(order)).status === status, `the order is ${status}`)
  }

  /** Whatever the courier still has is over, and everything that it was told is read. */
  async endAll(): Promise<void> {
    const open = 'placed,assigned,en_route_to_pickup,at_pickup,en_route_to_dropoff'
    const { body } = await this.node.call('GET', `/v1/orders?status=${open}`)
    for (const { order_id } of body.data as Body[]) {
      await this.node.call('POST', `/v1/orders/${order_id}/cancel`, { reason: 'end of the test' })
    }
    const left = 'globalThis.waggleCourier.state()?.jobs.length ?? 0'
    await until(async () => (await this.page.evaluate(left)) === 0, 'the page has no order left')
    const ok = this.page.getByRole('button', { name: 'OK' })
    while ((await ok.count()) > 0) await ok.first().click()
  }

  async stop(): Promise<void> {
    await this.browser.close()
    await this.network.stop()
    await this.node.stop()
  }
}

export const PHONE = { width: 390, height: 844 } as const

/** A phone that stands there and may say so. */
export function phoneAt(place: { latitude: number; longitude: number }): BrowserContextOptions {
  return {
    viewport: PHONE,
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    permissions: ['geolocation'],
    geolocation: { ...place, accuracy: 5 },
    acceptDownloads: true,
  }
}

export function shot(page: Page, name: string): Promise<void> {
  return screenshot(page, `courier-${name}`)
}

export interface Counts {
  readonly waiting: number
  readonly stored: number
  readonly dropped: number
}

export async function counts(page: Page): Promise<Counts> {
  return (await page.evaluate('globalThis.waggleCourier.positions()')) as Counts
}

/** Goes there, and stands there as a receiver that speaks up now and then, until the page has recorded it. */
export async function drive(context: BrowserContext, page: Page, place: { latitude: number; longitude: number }) {
  const total = async () => {
    const { waiting, stored } = await counts(page)
    return waiting + stored
  }
  const before = await total()
  const isRecorded = async () => {
    await context.setGeolocation({ ...place, accuracy: 5 })
    await Bun.sleep(RECEIVER_MS)
    return (await total()) > before
  }
  await until(isRecorded, 'the page has recorded where it is', 20_000)
}

const RECEIVER_MS = 250
