/**
 * Lines on their way to somebody who may have stopped reading: a full pipe of a container's log. The platform would keep
 * what is not taken, without a limit and without saying so, and a write that waits would stop the node; so what waits is counted
 * by the platform's word that a line is written, and what does not fit is dropped, and counted.
 */
export interface LineStream {
  write(line: string, written: () => void): unknown
}

export class BoundedOutput {
  readonly #stream: LineStream
  readonly #waitingCharsMax: number
  #waitingChars = 0
  #dropped = 0

  constructor(stream: LineStream, waitingCharsMax: number) {
    this.#stream = stream
    this.#waitingCharsMax = waitingCharsMax
  }

  write(line: string): void {
    if (this.#waitingChars + line.length > this.#waitingCharsMax) {
      this.#dropped++
      return
    }
    this.#waitingChars += line.length
    this.#stream.write(line, () => {
      this.#waitingChars -= line.length
    })
  }

  /** @returns how many lines were dropped since it was asked last; 0 while nobody would read it. */
  takeDropped(): number {
    if (this.#waitingChars > this.#waitingCharsMax / 2) return 0
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }
}
