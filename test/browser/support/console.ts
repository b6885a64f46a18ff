import type { Browser, Page } from 'playwright-core'
import type { TestNode } from '../../http/node.ts'
import { type Look, openPage } from './browser.ts'

/** Signed in by a link as the demo prints it, and live. */
export async function openConsole(
  browser: Browser,
  { url, key }: Pick<TestNode, 'url' | 'key'>,
  look?: Look,
): Promise<Page> {
  const page = await openPage(browser, look)
  await page.goto(`${url}/#key=${key}`)
  await page.getByText('Live', { exact: true }).waitFor()
  return page
}

/** How many vehicles its map has. */
export async function vehiclesOn(page: Page): Promise<number> {
  return (await page.evaluate('globalThis.waggle?.vehicles() ?? 0')) as number
}
