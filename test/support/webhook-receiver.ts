/** An endpoint of a customer on this machine, which checks what it is sent as its owner would. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Received {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly mode: string
  readonly data: Readonly<Record<string, unknown>>
  /** Of a secret that the receiver knows, over exactly these bytes. */
  readonly isSigned: boolean
  readonly signatures: number
}

export class WebhookReceiver {
  readonly received: Received[] = []
  /** What it signs with is not known before the endpoint is made. */
  secret = ''
  /** Called for each request, before it counts as taken. */
  answer: (request: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 })
  readonly #server: ReturnType<typeof Bun.serve>

  constructor() {
    this.#server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: request => this.#take(request) })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/hooks`
  }

  /** What was answered with success, the first time it was. */
  taken: Received[] = []

  async stop(): Promise<void> {
    await this.#server.stop(true)
  }

  async #take(request: Request): Promise<Response> {
    const text = await request.text()
    const header = (name: string) => request.headers.get(name) ?? ''
    const signatures = header('webhook-signature').split(' ')
    const content = `${header('webhook-id')}.${header('webhook-timestamp')}.${text}`
    const expected = createHmac('sha256', Buffer.from(this.secret.slice('whsec_'.length), 'base64'))
      .update(content)
      .digest()
    const body = JSON.parse(text) as Omit<Received, 'isSigned' | 'signatures'>
    const received: Received = {
      ...body,
      id: header('webhook-id'),
      isSigned: signatures.some(signature => {
        const given = Buffer.from(signature.slice('v1,'.length), 'base64')
        return given.length === expected.length && timingSafeEqual(given, expected)
      }),
      signatures: signatures.length,
    }
    this.received.push(received)
    const response = await this.answer(received)
    if (response.ok && !this.taken.some(({ id }) => id === received.id)) this.taken.push(received)
    return response
  }
}
