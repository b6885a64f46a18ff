/** The threat table names tests that there are, each by a name that only one has. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'

const ROOT = join(import.meta.dir, '..')
const tests = [...new Glob('{src,test,bench}/**/*.test.ts').scanSync(ROOT)]
const rows = (await Bun.file(join(ROOT, 'docs/security.md')).text())
  .split('\n')
  .filter(line => line.startsWith('| '))
  .slice(1)
  .map(line => line.split('|').map(cell => cell.trim()))

test('every threat has a test that guards it', () => {
  expect(rows.length).toBeGreaterThan(40)
  for (const [, threat, , named = ''] of rows) {
    const names = [...named.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, name = '']) => name)
    expect([threat, names.length]).not.toEqual([threat, 0])
    for (const name of names) {
      const found = tests.filter(path => path === name || path.endsWith(`/${name}`))
      expect([threat, name, found.length]).toEqual([threat, name, 1])
    }
  }
})
