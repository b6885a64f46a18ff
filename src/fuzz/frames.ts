/**
 * Sends bad frames over sockets, one after the other: each is answered with an `error` that has a code, and the connection lives
 * on. A frame of `/v1/stream` that was answered is settled, so the next one has the next number.
 */
import { type AsyncApi, receivedOn } from '../contract/documents.ts'
import { isFields } from '../contract/schema.ts'
import { decodeFrame, type Protocol, subprotocolOf } from '../sim/wire.ts'
import { type BadFrame, badFrame } from './bad-frame.ts'
import { Draw } from './draw.ts'
import { type Finding, sentText } from './finding.ts'

export interface FramesPlan {
  readonly url: string
  readonly token: string
  readonly seed: number
  readonly frames: number
}

export interface FramesReport {
  readonly sent: number
  /** How many answers had that code; `ack` of a turned frame that was good after all. */
  readonly codes: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

interface Line {
  readonly name: string
  readonly path: string
  readonly channel: 'stream' | 'live'
  readonly protocol: Protocol
  readonly subprotocols: readonly string[]
}

const LINES: readonly Line[] = [
  {
    name: 'stream json',
    path: '/v1/stream',
    channel: 'stream',
    protocol: 'json',
    subprotocols: [subprotocolOf('json')],
  },
  {
    name: 'stream msgpack',
    path: '/v1/stream',
    channel: 'stream',
    protocol: 'msgpack',
    subprotocols: [subprotocolOf('msgpack')],
  },
  {
    name: 'driver json',
    path: '/v1/stream?driver_id=fuzz_line',
    channel: 'stream',
    protocol: 'json',
    subprotocols: [],
  },
  { name: 'live', path: '/v1/live', channel: 'live', protocol: 'json', subprotocols: [] },
]
const ANSWER_MAX_MS = 10_000

export async function sendFrames(plan: FramesPlan, document: AsyncApi): Promise<FramesReport> {
  const codes: Record<string, number> = {}
  const findings: Finding[] = []
  const each = Math.ceil(plan.frames / LINES.length)
  await Promise.all(
    LINES.map(async line => {
      const frames = new FrameLine(plan, line, document)
      for (let i = 0; i < each; i++) {
        const { code, finding } = await frames.send(i)
        codes[code] = (codes[code] ?? 0) + 1
        if (finding !== null) findings.push(finding)
      }
      await frames.close()
    }),
  )
  return { sent: each * LINES.length, codes, findings }
}

interface Judged {
  readonly code: string
  readonly finding: Finding | null
}

class FrameLine {
  readonly #plan: FramesPlan
  readonly #line: Line
  readonly #document: AsyncApi
  #socket: WebSocket | null = null
  #seq = 1
  #heard = Promise.withResolvers<unknown>()

  constructor(plan: FramesPlan, line: Line, document: AsyncApi) {
    this.#plan = plan
    this.#line = line
    this.#document = document
  }

  async send(index: number): Promise<Judged> {
    const label = `${this.#line.name} ${index}`
    const { channel, protocol } = this.#line
    const messages = receivedOn(channel, this.#document)
    const { schemas } = this.#document.components
    const draw = new Draw(this.#plan.seed, label)
    const frame = badFrame({ messages, schemas, protocol, seq: this.#seq, draw })
    const finding = (what: string): Finding => ({ what, label, sent: sentText(frame.data), fault: frame.fault })
    try {
      const socket = await this.#open()
      this.#heard = Promise.withResolvers()
      socket.send(frame.data)
      return this.#judge(frame, await this.#answer(), finding)
    } catch (error) {
      // The next frame has a connection of its own.
      this.#socket?.close()
      this.#socket = null
      return { code: 'none', finding: finding(error instanceof Error ? error.message : String(error)) }
    }
  }

  close(): Promise<void> {
    const socket = this.#socket
    if (socket === null || socket.readyState >= WebSocket.CLOSING) return Promise.resolve()
    const closed = Promise.withResolvers<void>()
    socket.onclose = () => closed.resolve()
    socket.close()
    return closed.promise
  }

  #judge({ mayBeGood }: BadFrame, answer: unknown, finding: (what: string) => Finding): Judged {
    if (!isFields(answer)) return { code: 'none', finding: finding('answered with no object') }
    const { type, code, seq } = answer
    if (type === 'error' && typeof code === 'string') {
      if (seq === this.#seq) this.#seq++
      return { code, finding: code === 'internal' ? finding('answered with internal') : null }
    }
    if (type === 'ack' && typeof seq === 'number') this.#seq = seq + 1
    return {
      code: String(type),
      finding: mayBeGood ? null : finding(`answered with ${JSON.stringify(answer).slice(0, 200)}`),
    }
  }

  async #answer(): Promise<unknown> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer in ${ANSWER_MAX_MS} ms`)), ANSWER_MAX_MS)
    try {
      return await Promise.race([this.#heard.promise, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket
    const { path, protocol, subprotocols } = this.#line
    const join = path.includes('?') ? '&' : '?'
    const socket = new WebSocket(`${this.#plan.url.replace('http', 'ws')}${path}${join}token=${this.#plan.token}`, [
      ...subprotocols,
    ])
    socket.binaryType = 'arraybuffer'
    this.#seq = 1
    const opened = Promise.withResolvers<void>()
    socket.onopen = () => opened.resolve()
    socket.onmessage = ({ data }) => this.#hear(typeof data === 'string' ? data : new Uint8Array(data))
    socket.onclose = ({ code }) => {
      const error = new Error(`the connection was closed with ${code} ${protocol}`)
      opened.reject(error)
      this.#heard.reject(error)
    }
    // Whoever waits for it hears of it; nobody does between two frames.
    this.#heard.promise.catch(() => undefined)
    await opened.promise
    this.#socket = socket
    return socket
  }

  /** What follows an answered frame by itself answers no other: an `ack` after its `error`, and an `error` of its good rows, once they were looked at. */
  #hear(data: string | Uint8Array): void {
    const message = decodeFrame(data)
    const isEcho = isFields(message) && Number(message.seq ?? Number.NaN) < this.#seq
    if (!isEcho) this.#heard.resolve(message)
  }
}
