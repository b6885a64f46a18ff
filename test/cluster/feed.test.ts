/** The event feed between a real Postgres and a real NATS. */
import { afterEach, expect, test } from 'bun:test'
import type { ShardId } from '../../src/domain/ids.ts'
import type { FeedJournal, FeedMessage, FeedStream } from '../../src/feed/ports.ts'
import { EVENT_STREAM } from '../../src/feed/subjects.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'
import { asReader, FeedRig } from './feed-rig.ts'

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7] as ShardId[]
const FIRST = 0 as ShardId

let rig: FeedRig

afterEach(async () => {
  await rig.close()
})

/** Every event of the shard, once, without a hole. */
function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

function seqsOf(events: Awaited<ReturnType<FeedRig['read']>>, shard: ShardId): number[] {
  return events.filter(event => event.shard === shard).map(event => event.seq)
}

await describeWithServices('the event feed', ['nats'], () => {
  test('every committed event is in the stream once, in order per shard, and the watermark says so', async () => {
    rig = await FeedRig.start(SHARDS)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    for (let round = 0; round < 10; round++) {
      await Promise.all(SHARDS.slice(0, 2).map(shard => rig.commit(shard, 5)))
      feed.hint()
      for (const shard of SHARDS.slice(2)) await rig.commit(shard, 3)
    }
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')
    const events = await rig.read()

    expect(seqsOf(events, FIRST)).toEqual(upTo(200))
    expect(seqsOf(events, 7 as ShardId)).toEqual(upTo(120))
    expect(events).toHaveLength(2 * 200 + 6 * 120)
    expect(new Set(events.map(event => event.subject))).toEqual(new Set(['waggle.events.order']))
    await until(() => [...feed.lag().values()].every(lag => lag === 0), 'the lag is known to be none')
    expect(rig.errors).toEqual([])
  })

  test('killed between publishing and saving the watermark: the next one publishes again, and the stream drops the repeats', async () => {
    rig = await FeedRig.start(SHARDS)
    const committed = await rig.commit(FIRST, 50)
    const stream = await rig.stream()
    const [messages, dying] = [[] as FeedMessage[], Promise.withResolvers<void>()]
    // The process ends when the stream has everything and nothing is saved: what it would do next never happens.
    const killed: FeedStream = {
      isUp: true,
      publish: async batch => {
        await stream.publish(batch)
        messages.push(...batch)
        dying.resolve()
        return new Promise(() => {})
      },
    }
    rig.startAndForget(killed, () => SHARDS)
    await dying.promise
    expect(await rig.totalLag(SHARDS)).toBe(committed)

    const next = rig.feed(await rig.stream(), () => SHARDS)
    next.start()
    const more = await rig.commit(FIRST, 10)
    next.hint()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')

    expect(messages).toHaveLength(committed)
    expect(next.published).toBe(committed + more)
    expect(seqsOf(await rig.read(), FIRST)).toEqual(upTo(committed + more))
  })

  test('the same beyond the window of the stream: events are there twice, and a reader by number still sees each once', async () => {
    rig = await FeedRig.start(SHARDS)
    await rig.commit(FIRST, 20)
    const first = rig.feed(await rig.stream(500), () => SHARDS)
    first.start()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')
    await first.stop()
    await rig.sql`update feed_watermarks set seq = 40`
    await Bun.sleep(1_500)
    rig.feed(await rig.stream(500), () => SHARDS).start()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published again')
    const events = await rig.read()

    expect(seqsOf(events, FIRST)).toEqual([...upTo(80), ...upTo(80).slice(40)])
    expect(asReader(events)).toEqual({ read: new Map([[0, 80]]), waited: 0 })
  })

  test('NATS away: nothing is lost, the lag is known, and it is published when NATS is back', async () => {
    rig = await FeedRig.start(SHARDS)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    await rig.commit(FIRST, 10)
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'the first are published')
    await rig.nats.kill()
    const committed = await rig.commit(FIRST, 100)
    feed.hint()
    await until(() => feed.lag().get(FIRST) === committed, 'the lag is known')
    expect(rig.troubles.some(sentence => sentence.includes('waits'))).toBe(true)
    await rig.nats.restart()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published', 15_000)

    expect(seqsOf(await rig.read(), FIRST)).toEqual(upTo(40 + committed))
    expect(rig.errors).toEqual([])
  })

  test('NATS killed again and again under load: every event arrives, and a reader by number sees each once', async () => {
    rig = await FeedRig.start(SHARDS)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    let isOver = false
    const load = (async () => {
      while (!isOver) {
        for (const shard of SHARDS) await rig.commit(shard, 10)
        feed.hint()
      }
    })()
    for (let kill = 0; kill < 4; kill++) {
      await Bun.sleep(400)
      await rig.nats.kill()
      await Bun.sleep(200)
      await rig.nats.restart()
    }
    isOver = true
    await load
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published', 20_000)
    const { read } = asReader(await rig.read())
    const heads = await rig.journal.progress(SHARDS)

    expect([...read].sort(([a], [b]) => a - b)).toEqual(heads.map(({ shard, head }) => [shard, head]))
    expect(rig.errors).toEqual([])
  }, 60_000)

  test('two publishers of the same shards at once, as in a hand-off: each event once within the window, in order', async () => {
    rig = await FeedRig.start(SHARDS)
    const { journal } = rig
    // Neither saves how far it is before both have published: so both have begun at the same event.
    const bothAtOnce: FeedJournal = {
      progress: shards => journal.progress(shards),
      read: positions => journal.read(positions),
      async saveWatermarks(watermarks) {
        await until(() => one.published > 0 && two.published > 0, 'both have published')
        await journal.saveWatermarks(watermarks)
      },
    }
    const [one, two] = [
      rig.feed(await rig.stream(), () => SHARDS, { journal: bothAtOnce }),
      rig.feed(await rig.stream(), () => SHARDS, { journal: bothAtOnce }),
    ]
    one.start()
    two.start()
    for (let round = 0; round < 40; round++) {
      for (const shard of SHARDS.slice(0, 3)) await rig.commit(shard, 10)
      one.hint()
      two.hint()
    }
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')
    const events = await rig.read()

    for (const shard of SHARDS.slice(0, 3)) expect(seqsOf(events, shard)).toEqual(upTo(1_600))
    expect(one.published + two.published).toBeGreaterThan(events.length)
  })

  test('a shard that goes to another node is published there from where it stands', async () => {
    rig = await FeedRig.start(SHARDS)
    let owner = 'one'
    const one = rig.feed(await rig.stream(), () => (owner === 'one' ? SHARDS : []))
    const two = rig.feed(await rig.stream(), () => (owner === 'two' ? SHARDS : []))
    one.start()
    two.start()
    for (let move = 0; move < 6; move++) {
      for (let round = 0; round < 5; round++) {
        await rig.commit(FIRST, 10)
        one.hint()
        two.hint()
      }
      owner = owner === 'one' ? 'two' : 'one'
    }
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')

    expect(seqsOf(await rig.read(), FIRST)).toEqual(upTo(6 * 5 * 40))
    expect(one.published).toBeGreaterThan(0)
    expect(two.published).toBeGreaterThan(0)
  })

  test('the record does not answer for a while: the feed says so, and goes on from where it stands', async () => {
    rig = await FeedRig.start(SHARDS)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    await rig.commit(FIRST, 5)
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'the first are published')
    const other = connect(rig.postgresUrl, { max: 1, applicationName: 'test lock', idleInTransactionTimeoutMs: 30_000 })
    await other.begin(async holding => {
      await holding`lock table feed_watermarks in access exclusive mode`
      await rig.commit(FIRST, 5)
      feed.hint()
      await until(() => rig.troubles.some(sentence => sentence.startsWith('The event feed waits')), 'it is said')
    })
    await disconnect(other)
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'the next are published')

    expect(seqsOf(await rig.read(), FIRST)).toEqual(upTo(40))
    expect(rig.troubles.filter(sentence => sentence.startsWith('The event feed waits'))).toHaveLength(1)
    expect(rig.errors).toEqual([])
  }, 60_000)

  test('the stream is deleted under it: it is made again, and what comes is published', async () => {
    rig = await FeedRig.start(SHARDS)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    await rig.commit(FIRST, 1)
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'the first are published')
    await (await (await rig.link()).connection.jetstreamManager()).streams.delete(EVENT_STREAM)
    await rig.commit(FIRST, 2)
    feed.hint()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'the next are published')

    expect(seqsOf(await rig.read(), FIRST)).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('a hole in the journal stops its shard with a sentence, and no other', async () => {
    rig = await FeedRig.start(SHARDS)
    await rig.commit(FIRST, 2)
    await rig.commit(1 as ShardId, 2)
    await rig.sql`delete from journal where shard = 0 and seq = 3`
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    await until(() => rig.troubles.some(sentence => sentence.includes('shard 0 lacks event 3')), 'it is said')
    await rig.commit(1 as ShardId, 2)
    feed.hint()
    await until(async () => (await rig.totalLag([1 as ShardId])) === 0, 'the other shard is published')

    const events = await rig.read()
    expect(seqsOf(events, FIRST)).toEqual([1, 2])
    expect(seqsOf(events, 1 as ShardId)).toEqual(upTo(16))
    expect(feed.lag().get(FIRST)).toBe(6)
    expect(rig.troubles.filter(sentence => sentence.includes('lacks event'))).toHaveLength(1)
  })
})
