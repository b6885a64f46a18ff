/** A phone with the tracking page on it, an order to follow, and a line to the node that can be cut. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { STEP_MAX_MS, screenshot } from './support/browser.ts'

export const PHONE = { width: 390, height: 844 }
/** The narrowest that is promised. */
export const NARROW = { width: 320, height: 640 }
export const DESK = { width: 1_280, height: 800 }

export async function openPhone(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 2, locale: 'en-GB', ...options })
  context.setDefaultTimeout(STEP_MAX_MS)
  return context.newPage()
}

export function shot(page: Page, name: string): Promise<void> {
  return screenshot(page, `tracking-${name}`)
}

export const HERE = { latitude: 37.7764, longitude: -122.4242 }
export const THERE = { latitude: 37.7859, longitude: -122.4096 }

/** A node of this process, or one of its own. */
export interface Called {
  call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: object }>
}

/** What of an order's answer is looked at here. */
interface Made {
  readonly order_id: string
  readonly tracking_url: string
  readonly proof: { readonly pin: string }
}

export interface Followed {
  readonly orderId: string
  /** Of the page, at that origin. */
  url(origin: string): string
  /** By its driver, one step after the other. */
  step(status: string, proof?: object): Promise<void>
  assign(driverId: string): Promise<void>
  readonly pin: string
}

export async function orderToFollow(node: Called): Promise<Followed> {
  const wish = { pickup: HERE, dropoff: THERE, vehicle_type: 'cargo_bike', proof: ['pin'] }
  const { body } = await node.call('POST', '/v1/orders', wish)
  const { order_id: orderId, tracking_url: trackingUrl, proof: required } = body as Made
  const path = `/v1/orders/${orderId}`
  const { pathname, search } = new URL(trackingUrl)
  return {
    orderId,
    url: origin => `${origin}${pathname}${search}`,
    pin: required.pin,
    async step(status, proof) {
      await told(node.call('POST', `${path}/status`, { status, ...(proof && { proof }) }))
    },
    async assign(driverId) {
      await told(node.call('POST', `${path}/assign`, { driver_id: driverId }))
    },
  }
}

/** On duty at the pickup, with room for many. Of a kind that no order asks for: it gets what it is given by hand. */
export async function courierNear(node: Called, driverId: string): Promise<void> {
  await told(node.call('POST', '/v1/drivers', { driver_id: driverId, capacity: 100, vehicle_type: 'bike' }))
  await drive(node, driverId, -0.15)
  await told(node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' }))
}

/** @param share  of the way from the pickup to the drop-off. */
export async function drive(node: Called, driverId: string, share: number): Promise<void> {
  const latitude = HERE.latitude + (THERE.latitude - HERE.latitude) * share
  const longitude = HERE.longitude + (THERE.longitude - HERE.longitude) * share
  await told(node.call('POST', `/v1/drivers/${driverId}/location`, { latitude, longitude, speed: 5, heading: 50 }))
}

async function told(answer: ReturnType<Called['call']>): Promise<void> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
}

/** Where the courier is drawn, in pixels of the page; null while it is not. */
export function courierAt(page: Page): Promise<{ x: number; y: number } | null> {
  return page.evaluate(`(() => {
    const mark = document.querySelector('.courier-mark')
    if (mark === null) return null
    const { x, y } = mark.getBoundingClientRect()
    return { x, y }
  })()`)
}
