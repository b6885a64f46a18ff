/** All requests of a run as bytes, made before it: to send one takes neither text nor object. */
export class Requests {
  readonly bytes: Buffer
  readonly count: number
  /** Where each begins, and where the last ends. */
  readonly #starts: Uint32Array

  constructor({
    url,
    token,
    paths,
  }: { readonly url: string; readonly token: string; readonly paths: readonly string[] }) {
    const { host } = new URL(url)
    const texts = paths.map(path => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`)
    this.count = texts.length
    this.bytes = Buffer.from(texts.join(''), 'latin1')
    this.#starts = new Uint32Array(texts.length + 1)
    for (const [i, text] of texts.entries()) this.#starts[i + 1] = this.startOf(i) + text.length
  }

  startOf(index: number): number {
    return this.#starts[index] as number
  }

  lengthOf(index: number): number {
    return this.startOf(index + 1) - this.startOf(index)
  }
}
