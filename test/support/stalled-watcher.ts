/** A watcher of `/v1/live` on plain TCP that stops reading when it is told to, as a phone in a tunnel does. */
import { connect, type Socket } from 'node:net'

const TEXT = 0x81
/** The length follows in two, or in eight, bytes. */
const SHORT = 126
const LONG = 127

export class StalledWatcher {
  readonly messages: unknown[] = []
  readonly #socket: Socket
  #rest: Buffer<ArrayBuffer> = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async open(url: string, token: string): Promise<StalledWatcher> {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    socket.write(
      `GET /v1/live?token=${token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await new Promise(resolve => socket.once('data', resolve))
    const watcher = new StalledWatcher(socket)
    socket.on('data', (bytes: Buffer) => watcher.#read(bytes))
    return watcher
  }

  /** Less than 126 bytes. The mask is zero. */
  send(message: object): void {
    const text = Buffer.from(JSON.stringify(message))
    this.#socket.write(Buffer.concat([Buffer.from([TEXT, 0x80 | text.length, 0, 0, 0, 0]), text]))
  }

  stall(): void {
    this.#socket.pause()
  }

  readOn(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    let at = 0
    for (;;) {
      const frame = frameAt(this.#rest, at)
      if (frame === null) break
      if (frame.isText) this.messages.push(JSON.parse(this.#rest.toString('utf8', frame.from, frame.to)))
      at = frame.to
    }
    this.#rest = this.#rest.subarray(at)
  }
}

/** @returns null where it is not there as a whole. */
function frameAt(bytes: Buffer, at: number): { isText: boolean; from: number; to: number } | null {
  if (bytes.length < at + 2) return null
  const short = bytes.readUInt8(at + 1)
  const headerBytes = short < SHORT ? 2 : short === SHORT ? 4 : 10
  if (bytes.length < at + headerBytes) return null
  const length =
    short < SHORT ? short : short < LONG ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  const from = at + headerBytes
  return bytes.length < from + length ? null : { isText: bytes.readUInt8(at) === TEXT, from, to: from + length }
}
