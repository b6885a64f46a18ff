/** A way between a client and a server of 127.0.0.1 that can be cut: nothing gets through and nobody is told, as with a broken switch. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>
  #isCut = false
  #refusal: Uint8Array | null = null
  #refusalsLeft = 0
  #connections = 0

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server
    this.port = port
    this.#sockets = sockets
  }

  static async start(toPort: number): Promise<TcpProxy> {
    const sockets = new Set<Socket>()
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    const proxy = new TcpProxy(server, address.port, sockets)
    server.on('connection', client => {
      proxy.#connections++
      if (!proxy.#refuses(client)) proxy.#join(client, connect({ port: toPort, host: '127.0.0.1' }))
    })
    return proxy
  }

  /** Connections stay open and silent; new ones are taken and stay silent too. */
  cut(): void {
    this.#isCut = true
  }

  /** What was said meanwhile is lost, and with it the connections. */
  heal(): void {
    this.#isCut = false
    this.drop()
  }

  /** How many have connected, refused or not. */
  get connections(): number {
    return this.#connections
  }

  /** Whoever connects next is told so, and cut off; who is connected stays. @param times  after which all are taken again. */
  refuse(words: Uint8Array, times: number = Number.POSITIVE_INFINITY): void {
    this.#refusal = words
    this.#refusalsLeft = times
  }

  /** Nobody is refused any more. */
  accept(): void {
    this.#refusalsLeft = 0
  }

  /** Whoever is connected is not any more. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.drop()
    await closed
  }

  #refuses(client: Socket): boolean {
    const words = this.#refusal
    if (words === null || this.#refusalsLeft === 0) return false
    this.#refusalsLeft--
    client.on('error', () => client.destroy())
    client.once('data', () => client.end(words))
    return true
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', bytes => {
        if (!this.#isCut && !to.destroyed) to.write(bytes)
      })
      // Each end of it ends the other; why is not of interest here.
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        if (!this.#isCut) to.destroy()
      })
    }
  }
}
