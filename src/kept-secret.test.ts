import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepSecret } from './kept-secret.ts'

const dir = await mkdtemp(join(tmpdir(), 'waggle-kept-secret-'))

afterAll(() => rm(dir, { recursive: true }))

test('it is made once, for this user only, and found again', async () => {
  const file = join(dir, 'once')
  const made = await keepSecret(file, 'jwt_')
  expect(made).toMatchObject({ isNew: true, secret: expect.stringMatching(/^jwt_[A-Za-z0-9_-]{43}$/) })
  expect(await keepSecret(file, 'jwt_')).toEqual({ secret: made.secret, isNew: false })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('any number that begin together agree, and leave nothing else behind', async () => {
  const file = join(dir, 'together')
  const kept = await Promise.all(Array.from({ length: 50 }, () => keepSecret(file, 'jwt_')))
  expect(new Set(kept.map(({ secret }) => secret)).size).toBe(1)
  expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect((await readdir(dir)).filter(name => name.startsWith('together'))).toEqual(['together'])
})

test('one that was cut off is not taken for a secret, nor replaced in silence', async () => {
  const file = join(dir, 'short')
  await writeFile(file, 'jwt_abc')
  await expect(keepSecret(file, 'jwt_')).rejects.toThrow('too short')
})
