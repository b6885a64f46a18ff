import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { Counters, counter } from './counter.fixtures.ts'
import type { Envelope } from './envelope.ts'
import { COMMANDS_MAX } from './mailbox.ts'

const ONE = 'ord_01a'
const TWO = 'ord_01b'
const ELSEWHERE = 'ord_02a'
const place = (what: string) => ({ kind: 'order.place', what })
const add = (what: string) => ({ kind: 'add', what })
const READ = { kind: 'read' }

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
