/**
 * `npm run test:browser [-- --install | --install-only] [FILE…]`: the pages in a real browser. With `--install` Debian's Chromium comes first
 * where this machine has none (apt-get, as root or by sudo), with `--install-only` nothing comes after it. Prints what each page weighs,
 * before the tests. Exit codes: those of the tests; 1 where a page is too large; 2 where there is no Chromium to be had.
 */
import { ServiceError } from '../../src/services/errors.ts'
import { findProgram } from '../../src/services/find-program.ts'
import { installPackages } from '../../src/services/install.ts'
import { lineOf, pageSizes, tooLarge } from './page-sizes.ts'

const INSTALLING = ['--install', '--install-only']
const EXIT_TOO_LARGE = 1
const EXIT_NO_BROWSER = 2
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const TEST_MAX_MS = 120_000

async function main(args: readonly string[]): Promise<number> {
  const browser = await browserPath(args.some(arg => INSTALLING.includes(arg)))
  if (browser === null) return EXIT_NO_BROWSER
  if (args.includes('--install-only')) return 0
  const sizes = await pageSizes()
  for (const size of sizes) say(lineOf(size))
  const files = args.filter(arg => !INSTALLING.includes(arg))
  const tests = Bun.spawn(
    [process.execPath, 'test', '--timeout', `${TEST_MAX_MS}`, ...(files.length > 0 ? files : ['./test/browser'])],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CHROMIUM: browser } },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal))
  const code = await tests.exited
  const large = tooLarge(sizes)
  for (const sentence of large) say(sentence)
  return code === 0 && large.length > 0 ? EXIT_TOO_LARGE : code
}

/** @throws {ServiceError} where it cannot be installed. @returns null where it is not here and was not asked for. */
async function browserPath(mayInstall: boolean): Promise<string | null> {
  const found = await findBrowser()
  if (found !== null) return found
  if (mayInstall) {
    await installPackages(['chromium'], say)
    const installed = await findBrowser()
    if (installed !== null) return installed
  }
  say('There is no Chromium here: `-- --install` gets the one of Debian; or set CHROMIUM to the path of yours.')
  return null
}

async function findBrowser(): Promise<string | null> {
  const given = process.env.CHROMIUM
  for (const name of given === undefined ? NAMES : [given]) {
    const path = name.startsWith('/') ? ((await Bun.file(name).exists()) ? name : null) : await findProgram(name)
    if (path !== null) return path
  }
  return null
}

function say(sentence: string): void {
  process.stderr.write(`test:browser: ${sentence}\n`)
}

process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error
    say(error.message)
    return EXIT_NO_BROWSER
  }),
)
