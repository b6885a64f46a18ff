/** The command as somebody types it. */
import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from './cluster/system-clock.ts'
import { TokenVerifier } from './http/access/tokens.ts'

const noKeys = () => Promise.reject(new Error('there is no issuer here'))
const dataDir = await mkdtemp(join(tmpdir(), 'waggle-token-'))

afterAll(() => rm(dataDir, { recursive: true }))

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'token.ts'), ...args], {
    env: { ...process.env, WAGGLE_DATA_DIR: dataDir },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { code, out: out.trim(), err }
}

test('it prints a token that a node with this data directory honours', async () => {
  const { code, out } = await run('--role', 'driver', '--sub', 'drv_1', '--ttl-s', '60', '--scope', 'positions:write')
  expect(code).toBe(0)
  const secret = (await readFile(join(dataDir, 'jwt-secret'), 'utf8')).trim()
  const settings = { secrets: [secret], issuers: [], clockToleranceS: 0 } as const
  const verified = await new TokenVerifier(settings, systemClock, noKeys).verify(out)
  expect(verified).toMatchObject({ principal: { role: 'driver', id: 'drv_1', scopes: new Set(['positions:write']) } })
  const again = await run('--role', 'customer', '--sub', 'ann')
  expect(await new TokenVerifier(settings, systemClock, noKeys).verify(again.out)).toMatchObject({ kind: 'good' })
})

test.each<[string, string[]]>([
  ['--role must be one of', ['--sub', 'drv_1']],
  ['--role must be one of', ['--role', 'root', '--sub', 'drv_1']],
  ['--sub must be the id of a driver', ['--role', 'driver']],
  ['--sub must be the id of a driver', ['--role', 'driver', '--sub', 'drv 1']],
  ['--ttl-s must be', ['--role', 'driver', '--sub', 'd', '--ttl-s', '0']],
  ['--scope must be', ['--role', 'driver', '--sub', 'd', '--scope', 'all']],
  ['--help', ['--colour', 'red']],
])('what it does not understand it says: %s', async (sentence, args) => {
  const { code, out, err } = await run(...args)
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(sentence)
})
