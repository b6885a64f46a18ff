/** Between a client and its Postgres: once armed, it lets the next statement be carried out and swallows the answer. */
import { type AddressInfo, createConnection, createServer } from 'node:net'

export interface AnswerLosingProxy {
  readonly url: string
  arm(): void
  close(): void
}

/** @param answer  what the server says of a statement that it has carried out, such as `SELECT 1`; other answers get through. */
export async function answerLosingProxy(url: string, answer: string): Promise<AnswerLosingProxy> {
  const target = new URL(url)
  let armed = false
  const server = createServer(client => {
    const upstream = createConnection(Number(target.port), target.hostname)
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    client.on('data', chunk => upstream.write(chunk))
    upstream.on('data', chunk => {
      if (!armed || !chunk.includes(answer)) return client.write(chunk)
      armed = false
      end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.port = String((server.address() as AddressInfo).port)
  return {
    url: own.href,
    arm: () => {
      armed = true
    },
    close: () => server.close(),
  }
}
