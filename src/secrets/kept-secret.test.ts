import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepSecret } from './kept-secret.ts'

const dir = await mkdtemp(join(tmpdir(), 'waggle-kept-secret-'))

const keep = (file: string) => keepSecret({ file, what: 'JWT secret', prefix: 'jwt_' })

afterAll(() => rm(dir, { recursive: true }))

test('it is made once, for this user only, and found again', async () => {
  const file = join(dir, 'once')
  const made = await keep(file)
  expect(made).toMatchObject({ isNew: true, secret: expect.stringMatching(/^jwt_[A-Za-z0-9_-]{43}$/) })
  expect(await keep(file)).toEqual({ secret: made.secret, isNew: false })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('any number that begin together agree, and leave nothing else behind', async () => {
  const file = join(dir, 'together')
  const kept = await Promise.all(Array.from({ length: 50 }, () => keep(file)))
  expect(new Set(kept.map(({ secret }) => secret)).size).toBe(1)
  expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect((await readdir(dir)).filter(name => name.startsWith('together'))).toEqual(['together'])
})

test('one that was cut off is not taken for a secret, nor replaced in silence', async () => {
  const file = join(dir, 'short')
  await writeFile(file, 'jwt_abc')
  await expect(keep(file)).rejects.toThrow(`The JWT secret in ${file} is none`)
})
