/** A file that browsers keep for ever, under a name with a hash of what is in it; compressed once. */
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { BuildArtifact } from 'bun'

/** Smaller by some percent at 11, for ten times the time. */
const BROTLI_QUALITY = 9

export interface Asset {
  readonly name: string
  readonly contentType: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly br: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

export async function assetOf(name: string, plain: Uint8Array<ArrayBuffer>): Promise<Asset> {
  const [br, zipped] = await Promise.all([brotli(plain), zip(plain)])
  return { name, contentType: contentTypeOf(name), plain, br, gzip: zipped }
}

/** @param prefix  of the names, where a page's own are told from others'. */
export function assetsOf(outputs: readonly BuildArtifact[], prefix = ''): Promise<Asset[]> {
  return Promise.all(
    outputs.map(async output => assetOf(prefix + nameOf(output.path), new Uint8Array(await output.arrayBuffer()))),
  )
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function contentTypeOf(name: string): string {
  if (name.endsWith('.css')) return 'text/css; charset=utf-8'
  if (name.endsWith('.svg')) return 'image/svg+xml'
  if (name.endsWith('.png')) return 'image/png'
  return 'text/javascript; charset=utf-8'
}

function brotli(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
  brotliCompress(bytes, { params }, (error, out) => (error ? reject(error) : resolve(new Uint8Array(out))))
  return promise
}

function zip(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
  gzip(bytes, (error, out) => (error ? reject(error) : resolve(new Uint8Array(out))))
  return promise
}
