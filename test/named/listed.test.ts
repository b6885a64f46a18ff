/** The list in docs/proof.md of what users of other systems report says which test guards each: none of them may be gone. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const HEADING = '## What users of other systems report'

interface Row {
  readonly where: string
  /** In the order of the page: a file, then titles of tests in it. */
  readonly guards: readonly { readonly file: string; readonly title: string }[]
}

function rowOf(line: string): Row {
  const [, where = '', , guardedBy = ''] = line.split('|').map(cell => cell.trim())
  let file = ''
  const guards: { file: string; title: string }[] = []
  for (const [, path, title] of guardedBy.matchAll(/`([^`]+\.test\.ts)`|“([^”]+)”/g)) {
    if (path !== undefined) file = path
    else if (title !== undefined) guards.push({ file, title })
  }
  return { where, guards }
}

async function rows(): Promise<Row[]> {
  const page = await Bun.file(join(ROOT, 'docs/proof.md')).text()
  const section = page.split(HEADING)[1]?.split('\n## ')[0] ?? ''
  return section
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
    .map(rowOf)
}

test('each report names a test that guards it', async () => {
  const listed = await rows()
  expect(listed.length).toBeGreaterThan(15)
  expect(listed.filter(({ guards }) => guards.length === 0).map(({ where }) => where)).toEqual([])
})

test('each test that guards a report exists under that name', async () => {
  const missing: string[] = []
  for (const { guards } of await rows()) {
    for (const { file, title } of guards) {
      const code = Bun.file(join(ROOT, file))
      const isThere = (await code.exists()) && /[`'"]/.test((await code.text()).split(title)[0]?.at(-1) ?? '')
      if (!isThere) missing.push(`${file}: ${title}`)
    }
  }
  expect(missing).toEqual([])
})
