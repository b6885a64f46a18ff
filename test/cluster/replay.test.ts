/** `feed:replay` as a process, as an operator runs it. */
import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { ShardId } from '../../src/domain/ids.ts'
import type { CloudEvent } from '../../src/feed/cloud-event.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'
import { FeedRig } from './feed-rig.ts'

const ROOT = join(import.meta.dir, '../..')
const SHARDS = [0, 1, 2] as ShardId[]

let rig: FeedRig

afterEach(() => rig.close())

async function heardOn(subject: string): Promise<CloudEvent[]> {
  const heard: CloudEvent[] = []
  const { connection } = await rig.link()
  connection.subscribe(subject, { callback: (_, message) => heard.push(message.json<CloudEvent>()) })
  await connection.flush()
  return heard
}

async function runReplay(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const urls = ['--postgres-url', rig.postgresUrl, '--nats-url', rig.nats.url]
  const child = Bun.spawn([process.execPath, 'src/replay.ts', ...urls, ...args], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { exitCode, out, err }
}

await describeWithServices('replay', ['nats'], () => {
  test('a shard from a number on is published again, in order, beside the feed', async () => {
    rig = await FeedRig.start(SHARDS)
    for (let part = 0; part < 3; part++) await rig.commit(1 as ShardId, 200)
    const heard = await heardOn('waggle.events.replay')
    const { exitCode, out } = await runReplay('--shard', '1', '--from-seq', '101')

    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toEqual({ replayed: 2_300, shards: 1, subject: 'waggle.events.replay' })
    await until(() => heard.length === 2_300, 'all of them are heard')
    expect(heard.map(event => event.seq)).toEqual(Array.from({ length: 2_300 }, (_, i) => `${i + 101}`))
    expect(heard[0]?.id).toBe('1-101')
    expect(await rig.totalLag(SHARDS)).toBe(2_400)
  })

  test('every shard since a time is published again on a subject of choice', async () => {
    rig = await FeedRig.start(SHARDS)
    await rig.commit(0 as ShardId, 3)
    await Bun.sleep(20)
    const since = new Date()
    await Bun.sleep(20)
    await rig.commit(0 as ShardId, 2)
    await rig.commit(2 as ShardId, 1)
    const heard = await heardOn('somebody.else')
    const { exitCode, out } = await runReplay('--since', since.toISOString(), '--subject', 'somebody.else')

    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ replayed: 12, shards: 2 })
    await until(() => heard.length === 12, 'all of them are heard')
    expect(heard.map(event => event.id).slice(0, 2)).toEqual(['0-13', '0-14'])
  })

  test('replayed into the stream itself within its window, events are there again and not dropped as repeats', async () => {
    rig = await FeedRig.start(SHARDS)
    await rig.commit(0 as ShardId, 5)
    const feed = rig.feed(await rig.stream(), () => SHARDS)
    feed.start()
    await until(async () => (await rig.totalLag(SHARDS)) === 0, 'everything is published')
    await runReplay('--shard', '0', '--from-seq', '1', '--subject', 'waggle.events.order')

    await until(async () => (await rig.read()).length === 40, 'the stream has them twice')
  })

  test('a replay over a hole in the journal fails and says where', async () => {
    rig = await FeedRig.start(SHARDS)
    await rig.commit(0 as ShardId, 5)
    await rig.sql`delete from journal where shard = 0 and seq = 7`
    const { exitCode, err } = await runReplay('--shard', '0', '--from-seq', '1')

    expect(exitCode).toBe(1)
    expect(err).toContain('shard 0 lacks event 7')
  })

  test('what is not understood is answered with how to say it, and no URL is repeated', async () => {
    rig = await FeedRig.start(SHARDS)
    const { exitCode, err } = await runReplay('--shard', '0')

    expect(exitCode).toBe(2)
    expect(err).toContain('--from-seq')
    expect(err).not.toContain(rig.postgresUrl)
  })
})
