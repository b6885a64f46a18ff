/** Reads JSON bodies within a limit. */
import { Refusal } from './problem.ts'

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i
const NOT_PACKED = 'identity'

/**
 * @returns what the body says, of any shape: check it before use.
 * @throws {Refusal} `unsupported_media_type`, `too_large` or `malformed`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  checkType(request)
  return parseJson(await readBytes(request, maxBytes), request)
}

/** @returns a body of any type as text. @throws {Refusal} `unsupported_media_type`, `too_large` or `malformed`. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes)
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw unreadable(request, 'The body is not UTF-8.', cause)
  }
}

/** As {@link readJson}, but nothing at all stands for an empty object: for bodies without a required field. */
export async function readOptionalJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes)
  if (bytes.byteLength === 0) return {}
  checkType(request)
  return parseJson(bytes, request)
}

/** @throws {Refusal} `unsupported_media_type` */
function checkType({ headers }: Request): void {
  const type = headers.get('content-type')
  if (type !== null && JSON_TYPE.test(type)) return
  throw new Refusal('unsupported_media_type', 'Send the body as application/json.', {
    headers: { accept: 'application/json' },
  })
}

// Fatal: bytes that are no UTF-8 are refused, not turned into replacement characters.
const decoder = new TextDecoder('utf-8', { fatal: true })

/** What says beforehand that it is too long is not read at all; what does not say is measured as it comes. */
async function readBytes(request: Request, maxBytes: number): Promise<ArrayBuffer | Uint8Array> {
  const { headers } = request
  const announced = headers.get('content-length')
  if (Number(announced ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const isAnnounced = announced !== null && !headers.has('transfer-encoding')
  try {
    // To look at the body makes a stream of it: only where there is no telling how long it is.
    if (isAnnounced || request.body === null) return await request.arrayBuffer()
    return await readWithin(request.body, maxBytes)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('malformed', 'The body ended before it was whole.', { cause })
  }
}

/** @throws {Refusal} `too_large` once it is, however much more would come. */
async function readWithin(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value)
    length += piece.value.byteLength
    if (length <= maxBytes) continue
    await reader.cancel()
    throw tooLarge(maxBytes)
  }
  return Buffer.concat(pieces, length)
}

function parseJson(bytes: ArrayBuffer | Uint8Array, request: Request): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw unreadable(request, 'The body is not JSON.', cause)
  }
}

/** What is packed is said to be, not to be broken. Asked only of what cannot be read: nearly nobody packs what is so short. */
function unreadable({ headers }: Request, why: string, cause: unknown): Refusal {
  const coding = headers.get('content-encoding') ?? NOT_PACKED
  if (coding.toLowerCase() === NOT_PACKED) return new Refusal('malformed', why, { cause })
  return new Refusal('unsupported_media_type', 'Send the body as it is, without a content encoding.', {
    headers: { 'accept-encoding': NOT_PACKED },
    cause,
  })
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('too_large', `The body may have at most ${maxBytes} bytes.`)
}
