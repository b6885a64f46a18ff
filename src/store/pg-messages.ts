/** What a Postgres server says over a connection: messages of one letter, a length, and a body of its own kind each. */

const HEAD_BYTES = 5
const LENGTH_BYTES = 4
/** A server's answer to COPY is some bytes, an error a few thousand. */
const BODY_BYTES_MAX = 1_048_576

/** Puts together what comes in pieces. */
export class PgMessages {
  readonly #onMessage: (kind: string, body: Buffer) => void
  #rest: Buffer | null = null

  constructor(onMessage: (kind: string, body: Buffer) => void) {
    this.#onMessage = onMessage
  }

  /** @throws {RangeError} that is no message. */
  read(piece: Buffer): void {
    const bytes = this.#rest === null ? piece : Buffer.concat([this.#rest, piece])
    let at = 0
    while (at + HEAD_BYTES <= bytes.length) {
      const length = bytes.readInt32BE(at + 1)
      if (length < LENGTH_BYTES || length > BODY_BYTES_MAX) throw new RangeError(`a message of ${length} bytes`)
      const end = at + 1 + length
      if (end > bytes.length) break
      this.#onMessage(String.fromCharCode(bytes[at] as number), bytes.subarray(at + HEAD_BYTES, end))
      at = end
    }
    this.#rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at))
  }
}

/** Of a command that is complete. */
export function tagOf(body: Buffer): string {
  return body.toString('utf8', 0, body.length - 1)
}

/** Named as postgres.js names them. */
const FIELDS: Readonly<Record<string, string>> = {
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  W: 'where',
  s: 'schema_name',
  t: 'table_name',
  c: 'column_name',
  d: 'data_type_name',
  n: 'constraint_name',
  F: 'file',
  L: 'line',
  R: 'routine',
}

/** Of an error. */
export function errorFields(body: Buffer): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1)
    if (end < 0) break
    const name = FIELDS[String.fromCharCode(body[at] as number)]
    if (name !== undefined) fields[name] = body.toString('utf8', at + 1, end)
    at = end + 1
  }
  return fields
}
