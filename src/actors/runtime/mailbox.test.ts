import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import type { Envelope, MailboxClass } from './envelope.ts'
import { COMMANDS_MAX, Mailbox } from './mailbox.ts'

function message(kind: string, mailbox: MailboxClass = 'vital', asked = {}): Envelope {
  const to = { kind: 'order' as const, id: 'ord_1', shard: 0 as ShardId }
  return { to, class: mailbox, epoch: 0, deadlineMs: 0, hops: 0, message: { kind, ...asked } }
}

function kindsIn(mailbox: Mailbox): string[] {
  const kinds: string[] = []
  for (let next = mailbox.next(); next; next = mailbox.next()) kinds.push(next.message.kind)
  return kinds
}

test('commands and vital messages come in their order, the latest live one after them', () => {
  const mailbox = new Mailbox()
  for (const kind of ['a', 'b']) mailbox.put(message(kind, 'command'))
  mailbox.put(message('fix 1', 'live'))
  mailbox.put(message('c'))
  mailbox.put(message('fix 2', 'live'))
  expect(kindsIn(mailbox)).toEqual(['a', 'b', 'c', 'fix 2'])
  expect(mailbox.isEmpty).toBe(true)
})

test('commands are bounded, the others are not, and room that is made is used', () => {
  const mailbox = new Mailbox()
  for (let n = 0; n < COMMANDS_MAX; n++) expect(mailbox.put(message('a', 'command'))).toBe(true)
  expect(mailbox.put(message('b', 'command'))).toBe(false)
  expect(mailbox.put(message('c'))).toBe(true)
  expect(mailbox.put(message('fix', 'live'))).toBe(true)
  mailbox.next()
  expect(mailbox.put(message('b', 'command'))).toBe(true)
  expect(mailbox.put(message('b', 'command'))).toBe(false)
})

test('what is put back is next, and never refused', () => {
  const mailbox = new Mailbox()
  for (let n = 0; n < COMMANDS_MAX; n++) mailbox.put(message('a', 'command'))
  const first = mailbox.next() as Envelope
  mailbox.put(message('b', 'command'))
  mailbox.putBack({ ...first, message: { kind: 'again' } })
  expect(mailbox.next()?.message.kind).toBe('again')
})

test('a live message that is put back does not replace a later one', () => {
  const mailbox = new Mailbox()
  mailbox.put(message('fix 2', 'live'))
  mailbox.putBack(message('fix 1', 'live'))
  expect(kindsIn(mailbox)).toEqual(['fix 2'])
  mailbox.putBack(message('fix 1', 'live'))
  expect(kindsIn(mailbox)).toEqual(['fix 1'])
})

test('whoever waits for an answer is taken out; the others keep their order', () => {
  const mailbox = new Mailbox()
  const replyTo = { gateway: 'test', askId: 1 }
  mailbox.put(message('a'))
  mailbox.put(message('b', 'command', { replyTo }))
  mailbox.put(message('c', 'command'))
  mailbox.put(message('d', 'command', { replyTo }))
  expect(mailbox.takeAsked().map(e => e.message.kind)).toEqual(['b', 'd'])
  expect(mailbox.takeAsked()).toEqual([])
  expect(kindsIn(mailbox)).toEqual(['a', 'c'])
})
