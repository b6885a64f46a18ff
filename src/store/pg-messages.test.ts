import { expect, test } from 'bun:test'
import { errorFields, PgMessages, tagOf } from './pg-messages.ts'

function message(kind: string, body: string): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind, 0, 'latin1')
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, Buffer.from(body, 'latin1')])
}

test('messages are put together from whatever pieces they come in', () => {
  const bytes = Buffer.concat([message('G', '\0\0\0'), message('C', 'COPY 12\0'), message('Z', 'I')])
  for (let size = 1; size <= bytes.length; size++) {
    const taken: string[] = []
    const messages = new PgMessages((kind, body) => taken.push(`${kind}${body.toString('latin1')}`))
    for (let at = 0; at < bytes.length; at += size) messages.read(bytes.subarray(at, at + size))
    expect(taken).toEqual(['G\0\0\0', 'CCOPY 12\0', 'ZI'])
  }
})

test('a length that none can have ends the reading', () => {
  const messages = new PgMessages(() => {})
  expect(() => messages.read(Buffer.from([0x5a, 0, 0, 0, 3]))).toThrow(RangeError)
  expect(() => new PgMessages(() => {}).read(Buffer.from([0x5a, 0x7f, 0, 0, 0]))).toThrow(RangeError)
})

test('a tag and the fields of an error are texts that end with a zero', () => {
  expect(tagOf(Buffer.from('COPY 12\0'))).toBe('COPY 12')
  const body = Buffer.from('SERROR\0VERROR\0C23514\0Mno partition\0RExecFindPartition\0?odd\0\0')
  expect(errorFields(body)).toEqual({
    severity: 'ERROR',
    code: '23514',
    message: 'no partition',
    routine: 'ExecFindPartition',
  })
})
