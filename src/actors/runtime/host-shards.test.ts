import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { add, Counters, counter, ELSEWHERE, ONE, place, READ, TWO } from './counter.fixtures.ts'
import type { Envelope } from './envelope.ts'

describe('shards', () => {
  test('a turn on old knowledge is taken again on the present', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    counters.addFromOutside(ONE, 'from outside')
    expect(counters.ask(host, ONE, add('b'))).toEqual({ done: 'b' })
    expect(counters.stored(ONE)).toEqual(['a', 'from outside', 'b'])
    expect(host.stats.conflicts).toBe(1)
  })

  test('whoever was replaced finds out with its next commit, says so once, and answers moved', async () => {
    const counters = new Counters()
    const host = await counters.host(1, 2)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, TWO, place('a'))
    counters.record.takeShards([1 as ShardId], 'another')
    const refused = [counters.send(host, ONE, add('b')), counters.send(host, TWO, add('b'))]
    const waiting = counters.send(host, ONE, READ)
    counters.clock.advance(100)
    const moved = { kind: 'moved', shard: 1, epoch: 0 }
    expect([...refused, waiting].map(askId => counters.answerTo(askId))).toEqual([moved, moved, moved])
    expect(counters.lost).toEqual([{ shard: 1 as ShardId, cause: 'fenced' }])
    expect(counters.ask(host, ONE, READ)).toEqual(moved)
    expect(counters.ask(host, ELSEWHERE, place('a'))).toEqual({ done: 'a' })
  })

  test('an epoch that is not the present one is answered with the one that is', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    await counters.open(host, 1)
    const moved = { kind: 'moved', shard: 1, epoch: 2 }
    expect(counters.ask(host, ONE, READ, { epoch: 1 })).toEqual(moved)
    expect(counters.ask(host, ONE, READ, { epoch: 3 })).toEqual(moved)
    expect(counters.ask(host, ONE, READ, { epoch: 2 })).toEqual({ added: null })
  })

  test('a shard that is opened anew forgets what it knew', async () => {
    const counters = new Counters()
    const [first, second] = [await counters.host(1), await counters.host(2)]
    counters.ask(first, ONE, place('a'))
    await counters.open(second, 1)
    counters.ask(second, ONE, add('b'))
    await counters.open(first, 1)
    expect(counters.ask(first, ONE, READ)).toEqual({ added: ['a', 'b'] })
  })

  test('a decider that breaks costs its shard, and no other', async () => {
    const counters = new Counters()
    const host = await counters.host(1, 2)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, ELSEWHERE, place('a'))
    expect(counters.ask(host, ONE, { kind: 'throw' })).toBeUndefined()
    expect(counters.lost).toMatchObject([{ shard: 1, cause: { message: 'a decider broke' } }])
    expect(counters.ask(host, ELSEWHERE, READ)).toEqual({ added: ['a'] })
    await counters.open(host, 1)
    expect(counters.ask(host, ONE, READ)).toEqual({ added: ['a'] })
  })

  test('a committed turn is answered although its shard was dropped meanwhile', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    const placed = counters.send(host, ONE, place('a'))
    counters.clock.advance(1)
    host.drop(1 as ShardId)
    counters.clock.advance(5)
    expect(counters.answerTo(placed)).toEqual({ done: 'a' })
  })

  test('a committed turn tells other actors what it has to tell although its shard was dropped meanwhile', async () => {
    const counters = new Counters()
    const host = await counters.host(1, 2)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, ELSEWHERE, place('a'))
    counters.send(host, ONE, { kind: 'tell', other: counter(ELSEWHERE), what: 'it is over', lasts: true })
    counters.clock.advance(1)
    host.drop(1 as ShardId)
    counters.clock.advance(10)
    expect(counters.stored(ELSEWHERE)).toEqual(['a', 'it is over'])
  })

  test('who waits for a later turn of an actor is told to ask again when its shard is dropped, and gets an answer else', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    const first = counters.send(host, ONE, { kind: 'listen' })
    counters.ask(host, ONE, add('b'))
    expect(counters.answerTo(first)).toEqual({ heard: 'b' })
    const second = counters.send(host, ONE, { kind: 'listen' })
    counters.clock.advance(10)
    expect(counters.answerTo(second)).toBeUndefined()
    host.drop(1 as ShardId)
    counters.clock.advance(10)
    // What it had asked for was begun, and whoever has the actor next may end it.
    expect(counters.answerTo(second)).toEqual({ kind: 'moved', shard: 1, epoch: 0, begun: true })
  })

  test.each([
    ['was under way to the record, and did not get there', true],
    ['was refused, since another one serves the shard', false],
  ])('so it is when the answer to it %s', async (_, isDropped) => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    const listens = counters.send(host, ONE, { kind: 'listen' })
    const added = counters.send(host, ONE, add('b'))
    counters.record.takeShards([1 as ShardId], 'another')
    counters.clock.advance(1)
    if (isDropped) host.drop(1 as ShardId)
    counters.clock.advance(10)
    const moved = { kind: 'moved', shard: 1, epoch: 0 }
    expect([counters.answerTo(listens), counters.answerTo(added)]).toEqual([{ ...moved, begun: true }, moved])
  })

  test('an actor that is loaded anew has told who waited for it to ask again; the turn that found it outdated is answered', async () => {
    const counters = new Counters()
    const host = await counters.host(1)
    counters.ask(host, ONE, place('a'))
    const listens = counters.send(host, ONE, { kind: 'listen' })
    counters.clock.advance(10)
    counters.addFromOutside(ONE, 'from outside')
    expect(counters.ask(host, ONE, add('b'))).toEqual({ done: 'b' })
    expect(counters.answerTo(listens)).toEqual({ kind: 'moved', shard: 1, epoch: 1, begun: true })
  })

  test('what actors have said to each other is handed on when their shard is dropped, and counted; what is their own is not', async () => {
    const counters = new Counters()
    const host = await counters.host(1, 2)
    counters.ask(host, ONE, place('a'))
    counters.ask(host, ELSEWHERE, place('a'))
    counters.send(host, ONE, { kind: 'wake', afterMs: 2 })
    counters.clock.advance(1)
    // Its commit is under way while the other speaks to it and its timer fires.
    counters.send(host, ONE, add('b'))
    counters.send(host, ELSEWHERE, { kind: 'tell', other: counter(ONE), what: 'c' })
    counters.clock.advance(1)
    host.drop(1 as ShardId)
    expect(counters.strays.map(({ message }) => message)).toEqual([{ kind: 'add', what: 'c' } as never])
    host.receive(counters.strays[0] as Envelope)
    expect(counters.strays.length).toBe(2)
    expect(host.stats.untaken).toEqual({ moved: 0, stray: 2, late: 0, unanswered: 0, unheard: 0 })
  })

  test('a row that cannot be read costs its shard; the rest of the batch is loaded', async () => {
    const counters = new Counters()
    const host = await counters.host(1, 2)
    for (const id of [ONE, ELSEWHERE]) {
      counters.ask(host, id, place(id === ONE ? 'unreadable' : 'fine'))
      counters.ask(host, id, { kind: 'end', what: 'end' })
    }
    const [broken, fine] = [counters.send(host, ONE, READ), counters.send(host, ELSEWHERE, READ)]
    counters.clock.advance(100)
    expect(counters.answerTo(fine)).toEqual({ added: ['fine', 'end'] })
    expect(counters.answerTo(broken)).toEqual({ kind: 'moved', shard: 1, epoch: 0 })
    expect(counters.lost.map(l => l.shard)).toEqual([1 as ShardId])
  })

  test('what waits for a driver is loaded when a shard is opened, and its outputs are derived again', async () => {
    const counters = new Counters()
    const first = await counters.host(1)
    counters.ask(first, ONE, place('wake me'))
    first.stop()
    await counters.host(1)
    counters.clock.advance(100)
    expect(counters.stored(ONE)).toMatchObject(['wake me', expect.stringMatching(/^resumed /)])
  })

  test('what ended just before its shard was taken is told again by the taker, and does not stay; what ended long ago is not', async () => {
    const counters = new Counters()
    const first = await counters.host(1)
    counters.ask(first, TWO, place('old'))
    counters.ask(first, TWO, { kind: 'end', what: 'long ago' })
    counters.clock.advance(120_000)
    counters.ask(first, ONE, place('new'))
    // Committed, but its owner goes before it has told anybody.
    counters.send(first, ONE, { kind: 'end', what: 'just now' })
    counters.clock.advance(1)
    first.stop()
    counters.clock.advance(100)
    expect(counters.stored(ONE)).toEqual(['new', 'just now'])
    counters.told.length = 0

    const second = await counters.host(1)
    counters.clock.advance(100)
    expect(counters.told).toEqual([{ added: ['new', 'just now'] }])
    expect(second.stats.actors.order).toBe(0)
  })
})
