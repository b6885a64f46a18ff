import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { add, Counters, counter, ELSEWHERE, ONE, place, READ, TWO } from './counter.fixtures.ts'
import { COMMANDS_MAX } from './mailbox.ts'

describe('the output gate', () => {
  test('an answer waits until its turn is committed, and so does a read behind it', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    const placed = counters.send(host, ONE, place('a'))
    const read = counters.send(host, ONE, READ)
    counters.clock.advance(1)
    expect([counters.answerTo(placed), counters.answerTo(read)]).toEqual([undefined, undefined])
    counters.clock.advance(2)
    expect([counters.answerTo(placed), counters.answerTo(read)]).toEqual([{ done: 'a' }, { added: ['a'] }])
  })

  test('an answer goes out at once when it may, without other traffic', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    const placed = counters.send(host, ONE, place('a'))
    counters.clock.advance(3)
    expect(counters.answerTo(placed)).toEqual({ done: 'a' })
  })

  test('under load commits begin some milliseconds apart, and what comes between them goes together', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    const ids = ['ord_01a', 'ord_01b', 'ord_01c', 'ord_01d']
    const answersTo = (askIds: readonly number[]) => askIds.map(askId => counters.answerTo(askId))
    const first = ids.map(id => counters.send(host, id, place('a')))
    counters.clock.advance(2)
    expect([answersTo(first), host.stats.commits]).toEqual([ids.map(() => ({ done: 'a' })), 1])

    const one = counters.send(host, ONE, add('b'))
    counters.clock.advance(1)
    const other = counters.send(host, TWO, add('b'))
    counters.clock.advance(1)
    expect([host.stats.commits, host.stats.waitingTurns]).toEqual([1, 2])
    counters.clock.advance(5)
    expect([answersTo([one, other]), host.stats.commits]).toEqual([[{ done: 'b' }, { done: 'b' }], 2])
  })

  test('after a large group the next one is collected for longer', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    for (let i = 0; i < 16; i++) counters.send(host, `ord_01${i.toString(36)}`, place('a'))
    counters.clock.advance(2)
    expect(host.stats.commits).toBe(1)

    const next = counters.send(host, 'ord_01z', place('a'))
    counters.clock.advance(7)
    expect([counters.answerTo(next), host.stats.commits]).toEqual([undefined, 1])
    counters.clock.advance(4)
    expect([counters.answerTo(next), host.stats.commits]).toEqual([{ done: 'a' }, 2])
  })

  test('where there is little to do a turn does not wait for company', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    const first = counters.send(host, ONE, place('a'))
    counters.clock.advance(2)
    const next = counters.send(host, ONE, add('b'))
    counters.clock.advance(2)
    expect([counters.answerTo(first), counters.answerTo(next)]).toEqual([{ done: 'a' }, { done: 'b' }])
  })

  test('turns of one group have outcomes of their own', async () => {
    const counters = new Counters()
    const [first, second] = [await counters.host(1), await counters.host(2)]
    counters.ask(first, ONE, place('a'))
    counters.record.takeShards([1 as ShardId], 'another')
    await counters.open(second, 1)
    counters.send(second, ONE, add('b'))
    counters.send(second, ELSEWHERE, place('c'))
    counters.clock.advance(100)
    expect([counters.stored(ONE), counters.stored(ELSEWHERE)]).toEqual([['a', 'b'], ['c']])
  })

  test('a turn that can never be stored is undone and refused; its neighbours are committed', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    const poison = counters.send(host, ONE, add('half a \uD800 pair'))
    const good = counters.send(host, TWO, place('b'))
    counters.clock.advance(100)
    expect([counters.answerTo(poison), counters.answerTo(good)]).toEqual([{ kind: 'unavailable' }, { done: 'b' }])
    expect(counters.ask(host, ONE, READ)).toEqual({ added: ['a'] })
    expect(counters.errors.length).toBe(1)
  })

  test('a key that another request has committed is told to the actor, in the state before', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, { ...place('a'), key: 'k' })
    expect(counters.ask(host, TWO, { ...place('a'), key: 'k' })).toEqual({ kind: 'key_taken' })
    expect(host.stats.actors.order).toBe(1)
  })
})

describe('what the record does not answer', () => {
  for (const fate of ['land_then_lose_answer', 'lose_before', 'lose_answer_then_land'] as const) {
    test(`${fate}: the same message is taken again, and has its effect once`, async () => {
      const counters = new Counters()
      const host = await counters.host(1)
      counters.ask(host, ONE, place('a'))
      counters.fates.push(fate)
      expect(counters.ask(host, ONE, add('b'))).toBeDefined()
      expect(counters.stored(ONE)).toEqual(['a', 'b'])
    })
  }

  test('a message that meets it again and again is given up, unanswered: nobody knows what to say', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.fates.push(...Array(9).fill('lose_before'))
    expect(counters.ask(host, ONE, add('b'))).toBeUndefined()
    expect(counters.ask(host, ONE, add('c'))).toEqual({ done: 'c' })
  })

  test('while it is down askers are refused at once, nothing of theirs is kept, and what nobody asked for waits', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, TWO, place('a'))
    counters.isDown = true
    host.receive({ to: counter(ONE), class: 'vital', epoch: 0, deadlineMs: 0, hops: 0, message: add('b') })
    const behind = counters.send(host, ONE, READ)
    const refused = counters.send(host, TWO, add('b'))
    counters.clock.advance(600)
    expect(counters.answerTo(refused)).toEqual({ kind: 'unavailable' })
    expect(counters.answerTo(behind)).toEqual({ kind: 'unavailable' })
    expect(counters.ask(host, TWO, READ)).toEqual({ added: ['a'] })

    counters.isDown = false
    counters.clock.advance(1_000)
    expect([counters.stored(ONE), counters.stored(TWO)]).toEqual([['a', 'b'], ['a']])
  })

  test('an actor that cannot be loaded refuses whoever asks, and is loaded once it can be', async () => {
    const counters = new Counters()
    const first = await counters.host(1)
    counters.ask(first, ONE, { kind: 'order.place', what: 'a' })
    counters.ask(first, ONE, { kind: 'end', what: 'b' })
    counters.isDown = true
    expect(counters.ask(first, ONE, READ)).toEqual({ kind: 'unavailable' })
    counters.isDown = false
    counters.clock.advance(1_000)
    expect(counters.ask(first, ONE, READ)).toEqual({ added: ['a', 'b'] })
  })
})

describe('mailboxes and memory', () => {
  test('a full mailbox answers busy', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    for (let n = 0; n < COMMANDS_MAX; n++) counters.send(host, ONE, READ)
    expect(counters.ask(host, ONE, READ)).toEqual({ kind: 'busy' })
  })

  test('what nobody waits for any more is not read', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    const deadlineMs = counters.clock.nowMs() - 1
    expect(counters.ask(host, ONE, add('b'), { deadlineMs })).toBeUndefined()
    expect(counters.stored(ONE)).toEqual(['a'])
  })

  test('an order that ends while a page of open orders is under way is not brought back by it', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    host.drop(1 as ShardId)
    counters.pageMs = 20
    const [epoch = 0] = counters.record.takeShards([1 as ShardId], 'test')
    const opening = host.open([{ shard: 1 as ShardId, epoch }])
    counters.clock.advance(11)
    counters.send(host, ONE, { kind: 'end', what: 'b' })
    counters.clock.advance(5)
    await Promise.resolve()
    counters.clock.advance(1_000)
    await counters.clock.settle(opening)
    expect(counters.stored(ONE)).toEqual(['a', 'b'])
    expect(host.stats.actors.order).toBe(0)
  })

  test('behind a repeated placing that came too late the actor is looked for in the record', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, ONE, { kind: 'end', what: 'b' })
    counters.send(host, ONE, place('a'), { deadlineMs: counters.clock.nowMs() - 1 })
    expect(counters.ask(host, ONE, READ)).toEqual({ added: ['a', 'b'] })
  })

  test('an actor that is over, or never was, leaves the memory', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    expect(host.stats.actors.order).toBe(1)
    counters.ask(host, ONE, { kind: 'end', what: 'b' })
    expect(host.stats.actors.order).toBe(0)
    expect(counters.ask(host, ONE, READ)).toEqual({ added: ['a', 'b'] })
    expect(counters.ask(host, TWO, READ)).toEqual({ added: null })
    expect(host.stats.actors.order).toBe(0)
  })

  test('an actor that looks at the record again takes what came meanwhile afterwards', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.send(host, ONE, { kind: 'reload' })
    expect(counters.ask(host, ONE, READ)).toEqual({ added: ['a'] })
  })

  test('a timer comes as a message, and not after it was replaced', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.send(host, ONE, { kind: 'wake', afterMs: 50 })
    counters.clock.advance(10)
    counters.send(host, ONE, { kind: 'wake', afterMs: 100 })
    counters.clock.advance(1_000)
    expect(counters.stored(ONE)).toMatchObject(['a', expect.stringMatching(/^wake /)])
  })

  test('actors of one thread reach each other at once, those of another over the bus', async () => {
    const counters = new Counters()
    const [first, second] = [await counters.host(1), await counters.host(2)]
    for (const id of [ONE, TWO]) counters.ask(first, id, place('a'))
    counters.ask(second, ELSEWHERE, place('a'))
    counters.send(first, ONE, { kind: 'tell', other: counter(TWO), what: 'near' })
    counters.send(first, ONE, { kind: 'tell', other: counter(ELSEWHERE), what: 'far' })
    counters.clock.advance(100)
    expect([counters.stored(TWO), counters.stored(ELSEWHERE)]).toEqual([
      ['a', 'near'],
      ['a', 'far'],
    ])
    expect([first, second].every(host => host.isIdle)).toBe(true)
  })
})
