import { afterAll, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import { adminKeyFile, readConfig } from '../config.ts'
import { keepAdminKey } from './admin-key.ts'

const made: string[] = []
let dataDir = ''

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-admin-key-'))
  made.push(dataDir)
})

afterAll(() => Promise.all(made.map(dir => rm(dir, { recursive: true, force: true }))))

const keep = (env: Record<string, string> = {}) => keepAdminKey(readConfig({ WAGGLE_DATA_DIR: dataDir, ...env }))

test('a key is made once, kept for its user alone, and found again', async () => {
  const first = await keep()
  expect(first).toMatchObject({ isNew: true, key: expect.stringMatching(/^wag_.{32}$/) })
  expect(await keep()).toEqual({ key: first.key, isNew: false })
  expect((await stat(adminKeyFile(dataDir))).mode & 0o777).toBe(0o600)
  expect(await readdir(dataDir)).toEqual(['admin-key'])
})

test('of several that start at once one makes it, and all have that one', async () => {
  const kept = await Promise.all([keep(), keep(), keep(), keep()])
  expect(new Set(kept.map(({ key }) => key)).size).toBe(1)
  expect(kept.filter(({ isNew }) => isNew).length).toBe(1)
})

test('a configured key is taken and not kept', async () => {
  expect(await keep({ WAGGLE_ADMIN_KEY: 'x'.repeat(16) })).toEqual({ key: 'x'.repeat(16), isNew: false })
  expect(await readdir(dataDir)).toEqual([])
})

test.each(['', 'short', '123456789012345', 'with blanks in the middle', 'ümlaut-ümlaut-ümlaut'])(
  'a kept key that is none (%p) stops the start with a sentence, is not repeated, and stays as it is',
  async text => {
    await writeFile(adminKeyFile(dataDir), text)
    const failure = await keep().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConfigError)
    const { message } = failure as Error
    expect(message).toStartWith(`The admin key in ${adminKeyFile(dataDir)} is none`)
    if (text !== '') expect(message).not.toContain(text)
    expect(await readFile(adminKeyFile(dataDir), 'utf8')).toBe(text)
  },
)
