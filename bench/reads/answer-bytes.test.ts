import { expect, test } from 'bun:test'
import { answerLength, statusIn } from './answer-bytes.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nx-content-length: 99\r\n\r\n'

test('an answer is as long as its head and what its head says of the rest, in whatever case', () => {
  for (const head of [HEAD, HEAD.toLowerCase(), HEAD.replace(': 12', ':   12')]) {
    const bytes = Buffer.from(`${head}{"a":"b\\r\\n"}`)
    expect(answerLength(bytes)).toBe(head.length + 12)
  }
})

test('while its head is not whole nothing is known of its length', () => {
  for (let cut = 0; cut < HEAD.length; cut++) expect(answerLength(Buffer.from(HEAD.slice(0, cut)))).toBe(0)
  expect(answerLength(Buffer.from(HEAD))).toBe(HEAD.length + 12)
})

test('a length that a node never leaves out is missed, not guessed', () => {
  expect(() => answerLength(Buffer.from('HTTP/1.1 200 OK\r\nx-content-length: 3\r\n\r\nabc'))).toThrow(
    'without a length',
  )
})

test('the status is that of the first line', () => {
  expect(statusIn(Buffer.from(HEAD))).toBe(200)
  expect(statusIn(Buffer.from('HTTP/1.1 503 Service Unavailable\r\n'))).toBe(503)
})
