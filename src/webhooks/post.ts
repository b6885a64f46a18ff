/**
 * One signed request to an endpoint, to an address that was looked at.
 *
 * The customer names the URL and we make the request from inside our network: so the name is looked up once, every address it has must be
 * allowed, and the connection goes to the address that was judged, never to the name. A name that answers otherwise the second
 * time has nobody to answer to. TLS still checks the certificate against the name. Redirects are not followed: they would be
 * a second URL that nobody judged. What comes back is read up to a limit and not unpacked.
 */
import { lookup } from 'node:dns/promises'
import { isPublicAddress } from './address.ts'
import { addressIn } from './endpoint-url.ts'
import { ANSWER_BYTES_MAX } from './limits.ts'
import type { Post, PostResult, WebhookRequest } from './ports.ts'

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>

export interface PosterOptions {
  readonly allowPrivate: boolean
  readonly resolve?: Resolve
  /** Certificates of authorities to trust besides those of the system. */
  readonly ca?: string
}

export function poster({ allowPrivate, resolve = resolveByHost, ca }: PosterOptions): Post {
  return async (request, stop) => {
    try {
      const url = new URL(request.url)
      if (url.protocol !== 'https:' && !allowPrivate) return failed('Only https:// is called.')
      const addresses = await unlessStopped(addressesOf(url, resolve), stop)
      const [address] = addresses
      if (address === undefined) return failed('The name has no address.')
      const refused = allowPrivate ? undefined : addresses.find(each => !isPublicAddress(each))
      if (refused !== undefined) return failed(`The address ${refused} is not a public one: it is not called.`)
      return await send(request, url, address, { stop, ca })
    } catch (error) {
      return failed(wordsOf(error, stop))
    }
  }
}

interface Sending {
  readonly stop: AbortSignal
  readonly ca: string | undefined
}

async function send(
  { headers, body }: WebhookRequest,
  url: URL,
  address: string,
  { stop, ca }: Sending,
): Promise<PostResult> {
  const at = new URL(url)
  at.hostname = address.includes(':') ? `[${address}]` : address
  const response = await fetch(at, {
    method: 'POST',
    headers: { ...headers, host: url.host },
    body,
    redirect: 'manual',
    signal: stop,
    // A connection to an address may only be used again for the name that it was checked for; none is.
    keepalive: false,
    decompress: false,
    // Not by way of a proxy, which would look the name up itself.
    proxy: false,
    tls: { serverName: url.hostname, ...(ca === undefined ? {} : { ca }) },
  })
  return { kind: 'answered', status: response.status, text: await beginningOf(response) }
}

/** The connection is closed after it, however much more would come. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < ANSWER_BYTES_MAX) {
    const piece = await reader.read()
    if (piece.done) return textOf(pieces)
    pieces.push(piece.value)
    length += piece.value.byteLength
  }
  await reader.cancel()
  return textOf(pieces)
}

function textOf(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX).toString('utf8')
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly string[]> {
  const address = addressIn(url)
  return address === null ? resolve(url.hostname) : [address]
}

async function resolveByHost(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

/** The system's look-up cannot be ended; nobody waits for it any longer. */
function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = (): void => reject(stop.reason)
  if (stop.aborted) end()
  stop.addEventListener('abort', end, { once: true })
  return Promise.race([work, promise]).finally(() => stop.removeEventListener('abort', end))
}

function failed(error: string): PostResult {
  return { kind: 'failed', error }
}

function wordsOf(error: unknown, stop: AbortSignal): string {
  if (stop.aborted) return String(stop.reason instanceof Error ? stop.reason.message : stop.reason)
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${error.message}` : error.message
}
