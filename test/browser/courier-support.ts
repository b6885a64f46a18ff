/** What the courier's tests need of a browser and a node. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { until } from '../support/until.ts'

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const isHere = existsSync(CHROMIUM) || process.env.CI === 'true'
const SHOTS = join(import.meta.dir, '../../.waggle/screenshots')

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

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `courier-${name}.png`) })
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

/** What the rules of accessibility forbid. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(await Bun.file(Bun.resolveSync('axe-core/axe.min.js', import.meta.dir)).text())
  const rules = 'axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))'
  return (await page.evaluate(rules)) as string[]
}
