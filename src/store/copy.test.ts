import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { testDatabase } from '../../test/support/postgres.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { CopyLane, type CopyStream, withoutThrows } from './copy.ts'
import { connect, disconnect, type Sql, storeError } from './postgres.ts'

/** More than the system takes on the way to somebody who does not read. */
const ROWS = 32
const ROW_BYTES = 1_048_576

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let way: StallingWay

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'test' })
  await sql`create table stored (text text)`
  way = await StallingWay.start(Number(new URL(database.url).port))
})

afterAll(async () => {
  await disconnect(sql)
  await way.stop()
  await database.drop()
})

/** To a server, until it stops reading what comes from the client: nothing is lost, and nothing more gets on its way. */
class StallingWay {
  readonly #server: Server
  readonly #clients = new Set<Socket>()
  #isStalled = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(toPort: number): Promise<StallingWay> {
    const way = new StallingWay(createServer())
    way.#server.on('connection', client => way.#join(client, connectTcp(toPort, '127.0.0.1')))
    await new Promise<void>(resolve => way.#server.listen(0, '127.0.0.1', resolve))
    return way
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** From the first large piece on. */
  stall(): void {
    this.#isStalled = true
  }

  flow(): void {
    this.#isStalled = false
    for (const client of this.#clients) client.resume()
  }

  /** As when the server dies. */
  lose(): void {
    for (const client of this.#clients) client.destroy()
  }

  stop(): Promise<unknown> {
    for (const client of this.#clients) client.destroy()
    return new Promise(resolve => this.#server.close(resolve))
  }

  #join(client: Socket, server: Socket): void {
    this.#clients.add(client)
    client.on('data', bytes => {
      server.write(bytes)
      if (this.#isStalled && bytes.length > 16_384) client.pause()
    })
    server.on('data', bytes => client.write(bytes))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  }
}

function batch() {
  const bytes = Buffer.from(`${'x'.repeat(ROW_BYTES)}\n`.repeat(ROWS))
  return { statement: 'copy stored from stdin', bytes, rows: ROWS }
}

test('a COPY that stands still in the middle of its bytes is given up, and the next one has a connection that is good', async () => {
  const url = new URL(database.url)
  url.port = `${way.port}`
  const lane = new CopyLane(() => connect(url.href, { max: 1, applicationName: 'stalled copy', use: 'copy' }))
  await lane.warm()
  way.stall()
  await expect(lane.copyIn(batch())).rejects.toThrow(StoreUnavailableError)
  way.flow()
  await lane.copyIn(batch())
  const [stored] = await sql<{ rows: number }[]>`select count(*)::int as rows from stored`
  expect(stored?.rows).toBe(ROWS)
  await lane.close()
}, 30_000)

test('a COPY whose connection is lost in the middle of its bytes is told so, and takes nobody down with it', async () => {
  const url = new URL(database.url)
  url.port = `${way.port}`
  const lane = new CopyLane(() => connect(url.href, { max: 1, applicationName: 'lost copy', use: 'copy' }))
  await lane.warm()
  for (let round = 0; round < 5; round++) {
    way.stall()
    const lost = lane.copyIn(batch())
    setTimeout(() => way.lose(), 20 * round)
    expect(storeError(await lost.catch((error: unknown) => error))).toBeInstanceOf(StoreUnavailableError)
    way.flow()
  }
  await sql`truncate stored`
  await lane.copyIn(batch())
  expect((await sql<{ rows: number }[]>`select count(*)::int as rows from stored`)[0]?.rows).toBe(ROWS)
  await lane.close()
}, 30_000)

test('what a step of the driver throws, because its socket is gone, is told to whoever waits for the step, and thrown at nobody', () => {
  const step = (...args: unknown[]) => {
    const [isLost, done] = [args[0] === 'lost', args.at(-1)]
    if (isLost) throw new TypeError('null is not an object')
    if (typeof done === 'function') done()
  }
  const made: CopyStream = { on: () => undefined, end: () => undefined, _write: step, _final: step, _destroy: step }
  const stream = withoutThrows(made)
  for (const name of ['_write', '_final'] as const) {
    const told: unknown[][] = []
    stream[name]('there', (...error: unknown[]) => told.push(error))
    stream[name]('lost', (...error: unknown[]) => told.push(error))
    expect(told).toEqual([[], [expect.any(StoreUnavailableError)]])
  }
  // Its callback has been called by then: once more would be once too often.
  let calls = 0
  stream._destroy('lost', () => calls++)
  expect(calls).toBe(0)
})
