/**
 * Connections that are lost while they are being opened, at every moment of that, to a server that is then not there: a driver that
 * fails beside whoever asks takes the process down.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { testDatabase } from '../../test/support/postgres.ts'
import { until } from '../../test/support/until.ts'
import { connect, disconnect, failureOf } from './postgres.ts'

/** More pieces than a server says until the first query of a session is answered. */
const PIECES_MAX = 8

let database: Awaited<ReturnType<typeof testDatabase>>
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** The way to the server; it ends, and with it all that goes over it, with that many pieces of what the server says. */
class EndingLine {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #left: number

  private constructor(server: Server, port: number, pieces: number) {
    this.#server = server
    this.port = port
    this.#left = pieces
  }

  static async start(toPort: number, port: number, pieces: number): Promise<EndingLine> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the line has no port')
    const line = new EndingLine(server, address.port, pieces)
    server.on('connection', client => line.#join(client, connectTcp({ port: toPort, host: '127.0.0.1' })))
    return line
  }

  end(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.on('data', bytes => server.write(bytes))
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
    server.on('data', bytes => {
      if (this.#left-- > 0) client.write(bytes)
      else void this.end()
    })
  }
}

test('whoever asks is told, nothing else fails, and a server that is back is asked again', async () => {
  const toPort = Number(new URL(database.url).port)
  const told: unknown[][] = []
  for (let pieces = 0; pieces < PIECES_MAX; pieces++) {
    const line = await EndingLine.start(toPort, 0, pieces)
    const url = new URL(database.url)
    url.port = `${line.port}`
    const sql = connect(url.href, { max: 1, applicationName: 'lost at start', connectTimeoutMs: 1_000 })
    const ask = () => sql`select 1`.then(() => 'answered', failureOf)
    told.push([await ask(), await ask(), await ask()])
    await line.end()
    const back = await EndingLine.start(toPort, line.port, Number.POSITIVE_INFINITY)
    await until(async () => (await ask()) === 'answered', 'the server is found again', 5_000)
    await disconnect(sql)
    await back.end()
  }
  expect([...new Set(told.flat())].sort()).toEqual(['answered', 'lost', 'unavailable'])
  // From before the first word of the server to after the answer of the first question.
  expect([told[0]?.[0], told.at(-1)?.[0]]).toEqual(['unavailable', 'answered'])
}, 60_000)
