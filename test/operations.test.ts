/** The operations page names what an operator meets: each setting with its default, each figure. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { SETTINGS } from '../src/config/settings.ts'
import { figuresOfCode } from './support/figures.ts'

const ROOT = join(import.meta.dir, '..')
const page = await Bun.file(join(ROOT, 'docs/operations.md')).text()

test('every setting has its row, with its default, and no row is of a setting that is gone', () => {
  const rows = new Map(
    [...page.matchAll(/^\| `(PORT|WAGGLE_[A-Z_]+)` \| (\S+) \|/gm)].map(([, name, value]) => [name, value]),
  )
  expect([...rows.keys()].sort()).toEqual(SETTINGS.map(({ name }) => name).sort())
  for (const { name, fallback } of SETTINGS) expect([name, rows.get(name)]).toEqual([name, fallback || '–'])
})

test('every figure of /metrics is named, and no figure is named that is gone', async () => {
  const figures = await figuresOfCode()
  expect(figures.size).toBeGreaterThan(60)
  expect([...figures].filter(figure => !new RegExp(`\\b${figure}\\b`).test(page))).toEqual([])
  const named = [...page.matchAll(/`((?:waggle|process)_[a-z_]+)[`{]/g)].map(match => match[1] ?? '')
  expect([...new Set(named)].filter(name => !figures.has(name))).toEqual([])
})
