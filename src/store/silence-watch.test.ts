import { expect, test } from 'bun:test'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { watched } from './silence-watch.ts'

const MAX_MS = 150
/** The last look and some, on a machine that has other things to do. */
const SURELY_MS = MAX_MS + 1_000

const text = (type: string, length: number) => {
  const bytes = Buffer.alloc(1 + length)
  bytes.write(type)
  bytes.writeUInt32BE(length, 1)
  return bytes
}
const START = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])
const QUERY = text('Q', 12)
const FLUSH = text('H', 4)
const ROW = text('D', 70_000)
const READY = text('Z', 5)

/** A watched client and what stands at the other end of it, which says only what it is told to. */
async function line() {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const joined = new Promise<Socket>(resolve => server.once('connection', resolve))
  let silences = 0
  const client = watched(connectTo({ port: address.port, host: '127.0.0.1' }), MAX_MS, () => silences++)
  client.on('data', () => {})
  const other = await joined
  other.on('data', () => {})
  other.on('error', () => {})
  const end = async () => {
    client.destroy()
    other.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  return { client, other, silences: () => silences, end }
}

/** What is written arrives in pieces of that size. */
async function say(socket: Socket, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    socket.write(bytes.subarray(at, at + pieceBytes))
    await new Promise(resolve => setImmediate(resolve))
  }
}

test('a session that is asked nothing may be silent', async () => {
  const { client, other, silences, end } = await line()
  client.write(START)
  await say(other, READY, 1)
  await Bun.sleep(SURELY_MS)
  expect([silences(), client.destroyed]).toEqual([0, false])
  await end()
})

test('a session that is never opened is ended', async () => {
  const { client, silences, end } = await line()
  client.write(START)
  await Bun.sleep(SURELY_MS)
  expect([silences(), client.destroyed]).toEqual([1, true])
  await end()
})

test('of two questions sent together one answer is not enough, however both are cut into pieces', async () => {
  const { client, other, silences, end } = await line()
  await say(client, Buffer.concat([START, QUERY, QUERY]), 3)
  await say(other, Buffer.concat([READY, ROW, READY]), 7_001)
  await Bun.sleep(SURELY_MS)
  expect([silences(), client.destroyed]).toEqual([1, true])
  await end()
})

test('both answers are', async () => {
  const { client, other, silences, end } = await line()
  await say(client, Buffer.concat([START, QUERY, QUERY]), 3)
  await say(other, Buffer.concat([READY, ROW, READY, READY]), 7_001)
  await Bun.sleep(SURELY_MS)
  expect([silences(), client.destroyed]).toEqual([0, false])
  await end()
})

test('whoever goes on speaking is not silent', async () => {
  const { client, other, silences, end } = await line()
  client.write(Buffer.concat([START, QUERY]))
  for (let i = 0; i < 20; i++) {
    other.write(ROW)
    await Bun.sleep(MAX_MS / 3)
  }
  expect([silences(), client.destroyed]).toEqual([0, false])
  await end()
})

test('a flush wants an answer too, and anything is one', async () => {
  const { client, other, silences, end } = await line()
  client.write(START)
  other.write(READY)
  await Bun.sleep(20)
  client.write(FLUSH)
  await Bun.sleep(20)
  other.write(ROW)
  await Bun.sleep(SURELY_MS)
  expect(silences()).toBe(0)
  client.write(FLUSH)
  await Bun.sleep(SURELY_MS)
  expect([silences(), client.destroyed]).toEqual([1, true])
  await end()
})
