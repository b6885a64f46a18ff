/** What README and the docs point at is there: links, headings, scripts, and files of the tree by their path or their name. */
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { Glob } from 'bun'

const ROOT = join(import.meta.dir, '..')
const pages = new Map(
  await Promise.all(
    ['README.md', 'clients/typescript/README.md', ...new Glob('docs/**/*.md').scanSync(ROOT)].map(
      async page => [page, await Bun.file(join(ROOT, page)).text()] as const,
    ),
  ),
)

/** In every page what `found` finds and `isThere` does not know. */
function missing(found: RegExp, isThere: (what: string, page: string) => boolean): { missing: string[]; seen: number } {
  const all = [...pages].flatMap(([page, text]) =>
    [...new Set([...text.matchAll(found)].map(([, what = '']) => what))].map(what => ({ page, what })),
  )
  return {
    missing: all.filter(({ page, what }) => !isThere(what, page)).map(({ page, what }) => `${page}: ${what}`),
    seen: all.length,
  }
}

/** As hosts of repositories make it. */
function anchorOf(heading: string): string {
  const words = heading.replaceAll('`', '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return words
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-')
}

function hasHeading(page: string, anchor: string): boolean {
  return [...(pages.get(page) ?? '').matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor)
}

test('every link leads somewhere', () => {
  const links = missing(/\]\((?!https?:|mailto:)([^)\s]+)\)/g, (link, page) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : normalize(join(dirname(page), path))
    return existsSync(join(ROOT, target)) && (anchor === undefined || hasHeading(target, anchor))
  })
  expect(links.missing).toEqual([])
  expect(links.seen).toBeGreaterThan(50)
})

test('every script that is named can be run', async () => {
  const manifests = ['package.json', 'clients/typescript/package.json']
  const scripts = await Promise.all(manifests.map(async path => (await Bun.file(join(ROOT, path)).json()).scripts))
  const named = missing(/\b(?:npm|bun) run (\w[\w:-]*)/g, name => scripts.some(known => name in known))
  expect(named.missing).toEqual([])
  expect(named.seen).toBeGreaterThan(20)
})

test('every path and every source file that is named is in the tree', () => {
  const paths = missing(/`((?:src|test|bench|deploy|docs|clients)\/[\w./-]*\w)\/?`/g, path =>
    existsSync(join(ROOT, path)),
  )
  expect(paths.missing).toEqual([])
  expect(paths.seen).toBeGreaterThan(100)

  const sources = new Set(
    [...new Glob('{src,test,bench,clients}/**/*.{ts,tsx,css}').scanSync(ROOT)].map(p => basename(p)),
  )
  const files = missing(/`(?:[\w-]+\/)*([\w.-]+\.(?:tsx?|css))`/g, name => sources.has(name))
  expect(files.missing).toEqual([])
})

test('every decision is in the index of decisions, by its own title', async () => {
  const index = pages.get('docs/adr/README.md') ?? ''
  const decisions = [...pages].filter(([page]) => /docs\/adr\/\d/.test(page))
  const missing = decisions.filter(([page, text]) => {
    const title = /^# (\d{4} · .*)/.exec(text)?.[1]
    return title === undefined || !index.includes(`- [${title}](${basename(page)})`)
  })
  expect(missing.map(([page]) => page)).toEqual([])
  expect(decisions.length).toBeGreaterThan(40)
})
