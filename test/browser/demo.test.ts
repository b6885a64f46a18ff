/** `npm run demo` as a newcomer sees it: the link that it prints opens a city at work. How long that takes is printed. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { until } from '../support/until.ts'
import { hasBrowser, launchBrowser, openPage, screenshot } from './support/browser.ts'

const DEMO = join(import.meta.dir, '../../src/demo.ts')
/** Ten seconds are promised; a machine with other work may take longer, one that takes this long is broken. */
const MOVES_WITHIN_MS = 40_000

let browser: Browser
let demo: ReturnType<typeof startDemo>

const startDemo = () =>
  Bun.spawn([process.execPath, DEMO], {
    env: { ...process.env, PORT: '0' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })

beforeAll(async () => {
  if (hasBrowser) browser = await launchBrowser()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  // The second one does not wait for the city.
  demo?.kill('SIGINT')
  demo?.kill('SIGINT')
  await demo?.exited
}, 60_000)

/** What it says is read to its end: a city that is not listened to stops. */
function linkOf(output: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const decoder = new TextDecoder()
  const read = async () => {
    let said = ''
    for await (const bytes of output) {
      said += decoder.decode(bytes, { stream: true })
      const [link] = /http:\/\/\S+#key=\S+/.exec(said) ?? []
      if (link !== undefined) resolve(link)
    }
    reject(new Error(`the demo has ended: ${said}`))
  }
  void read()
  return promise
}

const placesOn = async (page: Page) =>
  (await page.evaluate('JSON.stringify(globalThis.waggle?.places() ?? [])')) as string

test.skipIf(!hasBrowser)('the link that the demo prints shows vehicles that move', async () => {
  const page = await openPage(browser, { isMoving: true })
  const startedAtMs = performance.now()
  const sinceS = () => ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  demo = startDemo()
  const link = await linkOf(demo.stdout)
  const steps = [`link after ${sinceS()} s`]
  await page.goto(link)
  await page.getByText('Live', { exact: true }).waitFor()
  steps.push(`page live after ${sinceS()} s`)
  let before: { longitude: number }[] = []
  await until(
    async () => {
      const now: { longitude: number }[] = JSON.parse(await placesOn(page))
      const hasMoved = now.some(({ longitude }, i) => before[i] !== undefined && before[i].longitude !== longitude)
      before = now
      return hasMoved
    },
    'a vehicle moves',
    MOVES_WITHIN_MS,
  )
  steps.push(`vehicles that move after ${sinceS()} s`)
  process.stdout.write(`demo: ${steps.join(', ')}\n`)
  await until(async () => JSON.parse(await placesOn(page)).length === 300, 'the whole fleet is there', MOVES_WITHIN_MS)
  await page
    .getByRole('button', { name: /Assigned|En route|At pickup/ })
    .first()
    .waitFor()
  await screenshot(page, 'demo')
  expect(page.url()).not.toContain('key=')
})
