import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPostgresDirs, findProgram } from './find-program.ts'

let base = ''

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'waggle-find-'))
  for (const dir of ['plain', 'first', 'second', 'node_modules/.bin']) {
    await mkdir(join(base, dir), { recursive: true })
    for (const name of ['a-server', 'postgres', 'initdb']) await writeFile(join(base, dir, name), '')
    if (dir !== 'plain')
      for (const name of ['a-server', 'postgres', 'initdb']) await chmod(join(base, dir, name), 0o755)
  }
})
afterAll(() => rm(base, { recursive: true }))

const path = (...dirs: string[]) => dirs.map(dir => join(base, dir)).join(':')

test('the first of the path that can be run is taken, and no script of a package', async () => {
  expect(await findProgram('a-server', path('none', 'plain', 'node_modules/.bin', 'first', 'second'))).toBe(
    join(base, 'first/a-server'),
  )
  expect(await findProgram('a-server', path('plain'))).toBeNull()
})

test('the Postgres of the path comes before those of the usual places', async () => {
  expect((await findPostgresDirs(path('second')))[0]).toBe(join(base, 'second'))
  expect(await findPostgresDirs(path('plain'))).not.toContain(join(base, 'plain'))
})
