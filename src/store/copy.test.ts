import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { testDatabase } from '../../test/support/postgres.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { CopyLane } from './copy.ts'
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

test('batches that are on their way together are stored each for itself: one that is refused takes no other with it', async () => {
  await sql`create table numbers (number int)`
  const lane = new CopyLane(() => connect(database.url, { max: 1, applicationName: 'copies' }))
  const send = (text: string, rows: number) =>
    lane.copyIn({ statement: 'copy numbers from stdin', bytes: Buffer.from(text), rows })
  const sent = [
    send('1\n2\n', 2),
    send('3\nno number\n5\n', 3),
    send('6\n', 1),
    send(`${'7\n'.repeat(100_000)}`, 100_000),
  ]
  const [first, refused, third, large] = await Promise.allSettled(sent)
  expect([first, third, large].map(outcome => outcome?.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: '22P02', severity: 'ERROR' } })
  await expect(
    lane.copyIn({ statement: 'copy nowhere from stdin', bytes: Buffer.from('1\n'), rows: 1 }),
  ).rejects.toThrow('"nowhere"')
  await send('8\n', 1)
  const [stored] = await sql<{ sum: number }[]>`select sum(number)::int as sum from numbers`
  expect(stored?.sum).toBe(1 + 2 + 6 + 700_000 + 8)
  await lane.close()
})

test('a batch of which the server counts other rows than were sent is not taken for stored', async () => {
  const lane = new CopyLane(() => connect(database.url, { max: 1, applicationName: 'counted' }))
  const wrong = { statement: 'copy stored from stdin', bytes: Buffer.from('a\nb\n'), rows: 3 }
  await expect(lane.copyIn(wrong)).rejects.toThrow('counted 2')
  await lane.close()
})

test('a session that ends between two batches is replaced by another', async () => {
  const lane = new CopyLane(() => connect(database.url, { max: 1, applicationName: 'ended copy' }))
  const send = () => lane.copyIn({ statement: 'copy stored from stdin', bytes: Buffer.from('x\n'), rows: 1 })
  await send()
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended copy'`
  // Whoever is faster: told that it was lost, or on the new one already.
  const error = await send().catch((cause: unknown) => cause)
  if (error !== undefined) expect(storeError(error)).toBeInstanceOf(StoreUnavailableError)
  await send()
  await lane.close()
})
