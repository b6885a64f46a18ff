import { expect, test } from 'bun:test'
import { prettyLine } from './pretty-line.ts'

const plain = (line: string) => Bun.stripANSI(line)
const AT_MS = Date.parse('2026-01-31T12:34:56.789Z')

test('a line for people has the time, how bad it is, the sentence and the fields', () => {
  const line = prettyLine('worker 1 ended', { level: 'error', fields: { thread: 1, shard: 7 } }, AT_MS)
  expect(plain(line)).toBe('12:34:56.789 error worker 1 ended thread=1 shard=7\n')
})

test('a stack stands below its line', () => {
  const line = prettyLine('a bug', { level: 'error', fields: { stack: 'Error: x\n  at y' } }, AT_MS)
  expect(plain(line)).toBe('12:34:56.789 error a bug\nError: x\n  at y\n')
})
