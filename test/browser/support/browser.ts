/**
 * A real browser for the tests: Chromium with a renderer in software, which draws a few frames in a second. Pages ask for less motion
 * unless a test is about motion, so that two cores are enough for a node, a database and a browser.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** `run.ts` looks where it is. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SOFTWARE_GL = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
/** Kept after the run, not in git. */
const SHOTS = join(import.meta.dir, '../../../.waggle/screenshots')
/** For one step of a page, on a machine with other work. */
export const STEP_MAX_MS = 60_000

/** False: tests are skipped. In CI they fail instead. */
export const hasBrowser = existsSync(CHROMIUM) || process.env.CI === 'true'

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: SOFTWARE_GL })
}

export interface Look {
  readonly scheme?: 'light' | 'dark'
  readonly size?: keyof typeof SIZES
  /** Left out: the page is asked to move as little as it can. */
  readonly isMoving?: boolean
  /** What else a test wants of its context, such as a place or a right. */
  readonly context?: BrowserContextOptions
}

const SIZES = {
  desk: { width: 1_280, height: 800 },
  phone: { width: 390, height: 844 },
  /** The narrowest that is promised. */
  narrow: { width: 320, height: 640 },
} as const

/** A page with storage of its own. */
export async function openPage(browser: Browser, look: Look = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZES[look.size ?? 'desk'],
    colorScheme: look.scheme ?? 'light',
    reducedMotion: look.isMoving ? 'no-preference' : 'reduce',
    ...look.context,
  })
  context.setDefaultTimeout(STEP_MAX_MS)
  return context.newPage()
}

/** To be looked at by people: `.waggle/screenshots/<name>.png`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), timeout: STEP_MAX_MS })
}
