/** A WebSocket client that keeps what it is told, in order, until a test asks for it. */
import { decode, encode } from './msgpack.ts'
import { ADMIN_KEY, type Body, type TestNode } from './node.ts'

const PATIENCE_MS = 5_000

export interface Client {
  readonly socket: WebSocket
  readonly messages: Body[]
  send(message: object | string | Uint8Array<ArrayBuffer>): void
  /** The first message that was not taken yet and fits. @throws where none comes. */
  next(fits: (message: Body) => boolean): Promise<Body>
  nextOf(type: string): Promise<Body>
  close(): Promise<void>
}

export async function openClient(
  node: Pick<TestNode, 'url'>,
  path: string,
  protocol?: string,
  token = ADMIN_KEY,
): Promise<Client> {
  const separator = path.includes('?') ? '&' : '?'
  const url = `${node.url.replace('http', 'ws')}${path}${separator}token=${token}`
  const socket = new WebSocket(url, protocol === undefined ? [] : [protocol])
  socket.binaryType = 'arraybuffer'
  const messages: Body[] = []
  const taken = new Set<Body>()
  let wake = Promise.withResolvers<void>()
  socket.onmessage = ({ data }) => {
    messages.push(typeof data === 'string' ? (JSON.parse(data) as Body) : (decode(new Uint8Array(data)) as Body))
    wake.resolve()
    wake = Promise.withResolvers()
  }
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onclose = ({ code }) => reject(new Error(`the socket was closed with ${code}`))
  })
  const next = async (fits: (message: Body) => boolean): Promise<Body> => {
    const endMs = Date.now() + PATIENCE_MS
    for (;;) {
      const found = messages.find(message => !taken.has(message) && fits(message))
      if (found !== undefined) {
        taken.add(found)
        return found
      }
      const leftMs = endMs - Date.now()
      if (leftMs <= 0) throw new Error(`did not come; there were ${messages.map(({ type }) => type).join(', ')}`)
      await Promise.race([wake.promise, Bun.sleep(leftMs)])
    }
  }
  return {
    socket,
    messages,
    send(message) {
      if (typeof message === 'string' || message instanceof Uint8Array) socket.send(message)
      else socket.send(protocol === 'waggle.msgpack' ? encode(message) : JSON.stringify(message))
    },
    next,
    nextOf: type => next(message => message.type === type),
    close() {
      const closed = new Promise<void>(resolve => {
        socket.onclose = () => resolve()
      })
      socket.close()
      return closed
    },
  }
}
