/** An answer's status and its end, read from its bytes: nothing is made of it, thousands of times a second. */

const HEAD_END = Buffer.from('\r\n\r\n')
const LENGTH = Buffer.from('\r\ncontent-length:')
const ZERO = 48
const SPACE = 32
/** Of an ASCII letter, what makes it small. */
const SMALL = 0x20
const STATUS_AT = 9

/** Of an answer whose first line is there. */
export function statusIn(bytes: Uint8Array): number {
  return digit(bytes, STATUS_AT) * 100 + digit(bytes, STATUS_AT + 1) * 10 + digit(bytes, STATUS_AT + 2)
}

/** @returns how many bytes the answer is long; 0 while its head is not there as a whole. @throws on an answer without a length. */
export function answerLength(bytes: Buffer): number {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return 0
  for (let at = bytes.indexOf(13); at >= 0 && at < headEnd; at = bytes.indexOf(13, at + 1)) {
    if (isLengthAt(bytes, at)) return headEnd + HEAD_END.length + numberAt(bytes, at + LENGTH.length)
  }
  throw new Error(`an answer without a length: ${bytes.toString('latin1', 0, headEnd)}`)
}

function isLengthAt(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < LENGTH.length; i++) {
    const wanted = LENGTH[i] as number
    const given = bytes[at + i] as number
    if (given !== wanted && (given | SMALL) !== wanted) return false
  }
  return true
}

function numberAt(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === SPACE) at++
  let number = 0
  for (let d = digit(bytes, at); d >= 0 && d <= 9; d = digit(bytes, ++at)) number = number * 10 + d
  return number
}

function digit(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) - ZERO
}
