/** Requests that no client library would send: answered as problem documents, never with a page of the platform. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { NodeProcess } from '../support/node-process.ts'
import { testDatabase } from '../support/postgres.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let node: NodeProcess

beforeAll(async () => {
  database = await testDatabase()
  node = await NodeProcess.start({
    WAGGLE_POSTGRES_URL: database.url,
    WAGGLE_DATA_DIR: `/tmp/waggle-raw-${process.pid}`,
  })
}, 60_000)

afterAll(async () => {
  await node.stop()
  await database.drop()
}, 60_000)

function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(node.url)
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.on('data', chunk => {
      said += chunk.toString()
      if (said.includes('"code"') || said.length > 4_000) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(said))
    socket.setTimeout(3_000, () => socket.end())
  })
}

test.each([
  'GET /nope HTTP/1.0\r\n\r\n',
  'GET /nope HTTP/1.1\r\nHost: a b\r\n\r\n',
  'GET /nope HTTP/1.1\r\nHost: [::1\r\n\r\n',
])('%j is refused in words', async request => {
  const said = await raw(request)
  expect(said.split('\r\n')[0]).toMatch(/ 40[04] /)
  expect(said).not.toContain('<html')
  expect(said).not.toContain(process.cwd())
})
