import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SERVICE_NAMES } from '../../src/services/service.ts'
import { type Services, startServices } from '../../src/services/services.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { askRaw } from '../support/raw-wire.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const MAIN = join(import.meta.dir, '../../src/services/main.ts')

const redis = (url: string, command: string) => askRaw(url, `${command}\r\n`, /\r\n$/)
const answersOf = (urls: Services['urls']) => Promise.all(Object.values(urls).map(url => isListening(url)))

async function postgres<T>(url: string, work: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1, applicationName: 'test services' })
  try {
    return await work(sql)
  } finally {
    await disconnect(sql)
  }
}

function isListening(url: string, host = '127.0.0.1'): Promise<boolean> {
  return Bun.connect({ hostname: host, port: Number(new URL(url).port), socket: { data() {} } }).then(
    socket => {
      socket.end()
      return true
    },
    () => false,
  )
}

await describeWithServices('services', SERVICE_NAMES, () => {
  let services: Services

  beforeAll(async () => {
    services = await startServices()
  })
  afterAll(() => services.stop())

  test('all three answer, NATS with JetStream and Postgres with its durability', async () => {
    const nats = await askRaw(services.url('nats'), 'CONNECT {"verbose":false}\r\nPING\r\n', /PONG/)
    expect(nats).toMatch(/"jetstream": ?true/)
    expect(await redis(services.url('redis'), 'PING')).toBe('+PONG\r\n')
    const [row] = await postgres(
      services.url('postgres'),
      sql => sql`select current_setting('fsync') || current_setting('synchronous_commit') as kept`,
    )
    expect(row?.kept).toBe('onon')
  })

  test('nothing listens beyond loopback', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .find(each => each.family === 'IPv4' && !each.internal)
    if (outside === undefined) return
    for (const url of Object.values(services.urls)) expect(await isListening(url, outside.address)).toBe(false)
  })

  test('a killed one comes back on its port with its data', async () => {
    await redis(services.url('redis'), 'SET kept yes')
    await postgres(services.url('postgres'), sql => sql`create table kept as select 'yes' as word`)
    for (const name of SERVICE_NAMES) await services.kill(name)
    expect(await answersOf(services.urls)).toEqual([false, false, false])

    for (const name of SERVICE_NAMES) await services.restart(name)
    expect(await answersOf(services.urls)).toEqual([true, true, true])
    expect(await redis(services.url('redis'), 'GET kept')).toBe('$3\r\nyes\r\n')
    expect(await postgres(services.url('postgres'), sql => sql`select word from kept`)).toMatchObject([{ word: 'yes' }])
  })

  test('a paused one keeps silent until it is resumed', async () => {
    await services.pause('redis')
    expect(await askRaw(services.url('redis'), 'PING\r\n', /PONG/, 300)).toBeNull()
    await services.resume('redis')
    expect(await redis(services.url('redis'), 'PING')).toBe('+PONG\r\n')
  })

  test('a session of a paused Postgres is silent too, and goes on', async () => {
    await postgres(services.url('postgres'), async sql => {
      await sql`select 1`
      await services.pause('postgres')
      let answered = false
      const answer = sql`select 2 as two`.then(rows => {
        answered = true
        return rows
      })
      await Bun.sleep(300)
      expect(answered).toBe(false)
      await services.resume('postgres')
      expect(await answer).toMatchObject([{ two: 2 }])
    })
  })

  test('their directory belongs to one owner', async () => {
    await expect(startServices({ only: ['redis'], dir: services.dir })).rejects.toMatchObject({ code: 'dir_in_use' })
    expect(await redis(services.url('redis'), 'PING')).toBe('+PONG\r\n')
  })

  test('the command prints settings, keeps its directory, and finds ports and data again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'waggle-kept-'))
    try {
      const first = await command(['--only', 'redis,nats', '--dir', dir, '--json'])
      expect(first.lines[0]).toBe(`WAGGLE_NATS_URL=${first.settings.WAGGLE_NATS_URL}`)
      const url = first.settings.WAGGLE_REDIS_URL ?? ''
      await redis(url, 'SET kept yes')
      expect(await first.stop('SIGINT')).toBe(0)
      expect(await isListening(url)).toBe(false)

      const second = await command(['--only', 'redis', '--dir', dir, '--json'])
      expect(second.settings.WAGGLE_REDIS_URL).toBe(url)
      expect(await redis(url, 'GET kept')).toBe('$3\r\nyes\r\n')
      expect(await second.stop('SIGTERM')).toBe(0)
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test('a killed command leaves neither servers nor its scratch directory', async () => {
    const killed = await command(['--json'])
    const { dir, ...urls } = killed.settings
    await killed.stop('SIGKILL')
    await until(() => !existsSync(dir ?? ''), 'the guard has removed the directory', 30_000)
    expect(await Promise.all(Object.values(urls).map(url => isListening(url)))).toEqual([false, false, false])
  })

  test('what cannot be is said in a sentence', async () => {
    const child = Bun.spawn([process.execPath, MAIN, '--only', 'mongo'], { stderr: 'pipe', stdout: 'ignore' })
    expect(await child.exited).toBe(2)
    expect(await new Response(child.stderr).text()).toContain('--only takes nats, redis, postgres, not "mongo"')
  })
})

interface Command {
  readonly lines: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  /** @returns its exit code. */
  stop(signal: NodeJS.Signals): Promise<number>
}

/** Its words go to a file: a pipe would be held open by whatever it leaves. */
async function command(args: readonly string[]): Promise<Command> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-said-'))
  const file = join(dir, 'said')
  const child = Bun.spawn([process.execPath, MAIN, ...args], { stdout: Bun.file(file), stderr: 'inherit' })
  const said = async () => (existsSync(file) ? readFile(file, 'utf8') : '')
  await until(async () => /\}\n$/.test(await said()) || child.exitCode !== null, 'the services start', 60_000)
  const lines = (await said()).trim().split('\n')
  await rm(dir, { recursive: true })
  return {
    lines,
    settings: JSON.parse(lines.at(-1) ?? '{}') as Record<string, string>,
    stop(signal) {
      child.kill(signal)
      return child.exited
    },
  }
}
