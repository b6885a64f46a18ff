import { expect, test } from 'bun:test'
import type { Socket } from 'node:net'
import postgres from 'postgres'
import { testPostgres } from '../../test/support/postgres.ts'
import { TcpProxy } from '../../test/support/tcp-proxy.ts'
import { calmed, STARTUP_PADDING } from './calm-socket.ts'
import { plainSocket, type SocketOptions } from './server-socket.ts'

const ROUNDS = 20
/** Far below the connect time-out that a stuck connection would wait for. */
const BACK_WITHIN_MS = 1_000

/** @param sockets  where each of its sockets is put down. */
function client(url: string, sockets: Socket[] = []) {
  const options = {
    max: 1,
    socket: (to: SocketOptions) => {
      const socket = calmed(plainSocket(to))
      sockets.push(socket)
      return socket
    },
    backoff: () => 0.01,
    connect_timeout: 30,
    connection: { ...STARTUP_PADDING },
  }
  return postgres(url, options)
}

test(
  'a connection whose session is ended under a busy client comes back, and settles every query',
  async () => {
    const url = await testPostgres()
    const admin = postgres(url, { max: 1 })
    for (let round = 0; round < ROUNDS; round++) {
      const sql = client(url)
      const [session] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
      let lost = 0
      let answered = 0
      let deadline = Number.POSITIVE_INFINITY
      const ask = async (): Promise<void> => {
        // The next query is sent from the continuation of the last one, whether that was answered or rejected.
        while (answered < 5 || lost === 0) {
          await sql`select 1`.then(
            () => answered++,
            () => {
              lost++
              answered = 0
              deadline = Math.min(deadline, performance.now() + BACK_WITHIN_MS)
            },
          )
          if (performance.now() > deadline) throw new Error(`Not back after ${lost} lost queries`)
        }
      }
      const asking = ask()
      await admin`select pg_terminate_backend(${session?.pid ?? 0})`
      await asking
      expect(lost).toBeGreaterThan(0)
      await sql.end({ timeout: 1 })
    }
    await admin.end()
  },
  { timeout: 30_000 },
)

test('a server that is not there is reported at once', async () => {
  const sql = client('postgres://waggle@127.0.0.1:1/waggle')
  for (let tries = 0; tries < 3; tries++) {
    await expect(Promise.resolve(sql`select 1`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  }
  await sql.end()
})

test('what was not written when a session ended is not written to the next one', async () => {
  const url = new URL(await testPostgres())
  const line = await TcpProxy.start(Number(url.port))
  url.port = `${line.port}`
  const sockets: Socket[] = []
  const sql = client(url.href, sockets)
  for (let round = 1; round <= ROUNDS; round++) {
    await sql`select 1`
    // By the next moment the driver has the question in its buffer, which it writes in the moment after that: now is between the two.
    const asking = sql`select ${round}::int`.then(
      () => 'answered',
      () => 'lost',
    )
    await Promise.resolve()
    sockets.at(-1)?.emit('close')
    sockets.at(-1)?.destroy()
    expect(await asking).toBe('lost')
    await sql`select 1`
    expect(line.connections).toBe(round + 1)
  }
  await sql.end()
  await line.stop()
})
