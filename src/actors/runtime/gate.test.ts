/** Turns that nobody waits for collect for a while; whatever makes somebody wait behind one sends them. */
import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { Counters, counter } from './counter.fixtures.ts'
import { COMPANY_MS } from './gate.ts'
import type { Host } from './host.ts'
import { envelopeTo } from './router.ts'

const [ONE, TWO, THREE] = ['ord_01a', 'ord_01b', 'ord_01c'] as const
/** In which a commit that is sent at once is answered. */
const AT_ONCE_MS = 3

async function counters(): Promise<{ readonly all: Counters; readonly host: Host }> {
  const all = new Counters()
  const host = await all.host(1)
  for (const id of [ONE, TWO, THREE]) all.ask(host, id, { kind: 'order.place', what: 'a' })
  return { all, host }
}

function storedOf(all: Counters): unknown[] {
  return [ONE, TWO, THREE].map(id => all.stored(id))
}

test('they wait for company, a tenth of a second from the first, and are one commit', async () => {
  const { all, host } = await counters()
  const { commits } = host.stats
  all.note(host, ONE, 'b')
  all.clock.advance(COMPANY_MS / 2)
  all.note(host, TWO, 'b')
  all.clock.advance(COMPANY_MS / 2 - 1)
  expect([storedOf(all), host.stats.waitingTurns, host.isIdle]).toEqual([[['a'], ['a'], ['a']], 2, false])
  all.clock.advance(1 + AT_ONCE_MS)
  expect([storedOf(all), host.stats.commits - commits]).toEqual([[['a', 'b'], ['a', 'b'], ['a']], 1])
})

test('a turn that somebody waits for takes them along at once', async () => {
  const { all, host } = await counters()
  const { commits } = host.stats
  all.note(host, ONE, 'b')
  all.clock.advance(10)
  all.send(host, TWO, { kind: 'add', what: 'b' })
  all.clock.advance(AT_ONCE_MS)
  expect([storedOf(all), host.stats.commits - commits]).toEqual([[['a', 'b'], ['a', 'b'], ['a']], 1])
})

test('one that is asked for is waited for, whatever its actor says', async () => {
  const { all, host } = await counters()
  const askId = all.send(host, ONE, { kind: 'note', what: 'b' })
  all.clock.advance(AT_ONCE_MS)
  expect(all.answerTo(askId)).toEqual({ done: 'b' })
})

test('a command to the actor of one hastens it, and is answered behind it', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.note(host, TWO, 'b')
  all.clock.advance(10)
  const read = all.send(host, ONE, { kind: 'read' })
  all.clock.advance(AT_ONCE_MS)
  expect([all.answerTo(read), storedOf(all)]).toEqual([{ added: ['a', 'b'] }, [['a', 'b'], ['a', 'b'], ['a']]])
})

test('a command that waits already when the turn is taken hastens it', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  const read = all.send(host, ONE, { kind: 'read' })
  all.clock.advance(AT_ONCE_MS)
  expect(all.answerTo(read)).toEqual({ added: ['a', 'b'] })
})

test('a timer of the actor hastens it', async () => {
  const { all, host } = await counters()
  host.receive(envelopeTo(counter(ONE), { kind: 'wake', afterMs: 10 } as never, 'vital'))
  all.clock.advance(1)
  all.note(host, ONE, 'b')
  all.clock.advance(9 + 2 * AT_ONCE_MS)
  expect(all.stored(ONE)).toEqual(['a', 'b', expect.stringContaining('wake')])
})

test('a message to somebody else hastens nobody', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.clock.advance(10)
  expect(all.ask(host, TWO, { kind: 'read' })).toEqual({ added: ['a'] })
  const { commits } = host.stats
  all.note(host, ONE, 'c')
  all.clock.advance(10)
  all.send(host, TWO, { kind: 'read' })
  all.clock.advance(AT_ONCE_MS)
  expect([all.stored(ONE), host.stats.commits]).toEqual([['a', 'b'], commits])
})

test('what comes behind one of the same actor is committed behind it, in order', async () => {
  const { all, host } = await counters()
  for (const what of ['b', 'c', 'd', 'e']) all.note(host, ONE, what)
  // Each that has another one behind it waits for no company, so only the last does.
  all.clock.advance(3 * AT_ONCE_MS + COMPANY_MS + AT_ONCE_MS)
  expect(all.stored(ONE)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('so many that they share a commit well wait no longer', async () => {
  const { all, host } = await counters()
  const ids = Array.from({ length: 64 }, (_, i) => `ord_01x${i}`)
  for (const id of ids) all.send(host, id, { kind: 'order.place', what: 'a' })
  all.clock.advance(1_000)
  const { commits } = host.stats
  for (const id of ids) all.note(host, id, 'b')
  all.clock.advance(AT_ONCE_MS)
  expect(host.stats.commits - commits).toBe(1)
  expect(all.stored('ord_01x63')).toEqual(['a', 'b'])
})

test('a drain hastens them', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.clock.advance(1)
  let isSettled = false
  host.whenSettled(() => {
    isSettled = true
  })
  all.clock.advance(AT_ONCE_MS)
  expect([isSettled, all.stored(ONE)]).toEqual([true, ['a', 'b']])
})

test('whoever stops the host hastens them', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.clock.advance(1)
  host.hasten()
  all.clock.advance(AT_ONCE_MS)
  expect([host.isIdle, all.stored(ONE)]).toEqual([true, ['a', 'b']])
})

test('giving their shard away hastens them, and they are committed at its epoch', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.clock.advance(1)
  host.drop(1 as ShardId)
  all.clock.advance(AT_ONCE_MS)
  expect([host.isIdle, all.stored(ONE)]).toEqual([true, ['a', 'b']])
})

test('one that the record was down for is stored soon after, and once', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.isDown = true
  all.clock.advance(COMPANY_MS + 100)
  all.note(host, ONE, 'c')
  all.clock.advance(100)
  all.isDown = false
  all.clock.advance(500)
  expect(all.stored(ONE)).toEqual(['a', 'b', 'c'])
})

test('a lost answer to their commit stores each once', async () => {
  const { all, host } = await counters()
  all.fates.push('land_then_lose_answer')
  all.note(host, ONE, 'b')
  all.note(host, TWO, 'b')
  all.clock.advance(1_000)
  expect(storedOf(all)).toEqual([['a', 'b'], ['a', 'b'], ['a']])
})

test('how long they wait is not counted as waiting for the record', async () => {
  const { all, host } = await counters()
  const counts = () => host.stats.gateWaitS.counts.reduce((sum, count) => sum + count, 0)
  const before = counts()
  all.note(host, ONE, 'b')
  all.clock.advance(COMPANY_MS + AT_ONCE_MS)
  expect([counts(), host.stats.outcomes.committed]).toEqual([before, 4])
})

test('a clock that is set back holds up nobody', async () => {
  const { all, host } = await counters()
  all.note(host, ONE, 'b')
  all.clock.advance(10)
  all.aheadMs = -3_600_000
  all.note(host, TWO, 'b')
  all.clock.advance(COMPANY_MS)
  expect(storedOf(all)).toEqual([['a', 'b'], ['a', 'b'], ['a']])
})

test('a record that is there again is asked again, though the clock was set back meanwhile', async () => {
  const { all, host } = await counters()
  all.isDown = true
  expect(all.ask(host, ONE, { kind: 'add', what: 'b' })).toMatchObject({ kind: 'unavailable' })
  all.isDown = false
  all.aheadMs = -3_600_000
  expect(all.ask(host, ONE, { kind: 'add', what: 'c' })).toEqual({ done: 'c' })
})
