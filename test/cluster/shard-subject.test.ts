/** The subject of a shard as it goes from one node to the other, on a real server: what is sent to it is read once, or comes back. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { VirtualClock } from '../../src/actors/runtime/memory/virtual-clock.ts'
import type { Clock } from '../../src/actors/runtime/ports.ts'
import type { Frame } from '../../src/cluster/frames.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { GatewayLink } from '../../src/cluster/nats/gateway-link.ts'
import { Line } from '../../src/cluster/nats/line.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { WorkerLink } from '../../src/cluster/nats/worker-link.ts'
import { systemClock as clock } from '../../src/cluster/system-clock.ts'
import type { ShardId } from '../../src/domain/ids.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const SHARD = 3 as ShardId
const SHARDS = [SHARD]

/** A worker, and what it has read. */
interface Reader {
  readonly link: WorkerLink
  readonly line: Line
  readonly read: number[]
}

await describeWithServices('the subject of a shard', ['nats'], () => {
  let server: NatsServer
  let one: Reader
  let two: Reader
  let gatewayLine: Line
  let gateway: GatewayLink
  /** What came back to whoever had sent it. */
  const back: number[] = []
  const trouble: string[] = []

  async function openLine(name: string, ofWaits: Clock = clock): Promise<Line> {
    const link = await NatsLink.open({ target: readNatsTarget(server.url), name, clock, onEvent: () => undefined })
    return new Line({ link, clock: ofWaits, onTrouble: sentence => trouble.push(sentence) })
  }

  const onNobody = (frames: readonly Frame[]) => void back.push(...frames.map(numberOf))

  async function openReader(node: string, ofWaits: Clock = clock): Promise<Reader> {
    const line = await openLine(node, ofWaits)
    const read: number[] = []
    const onFrames = (frames: readonly Frame[]) => void read.push(...frames.map(numberOf))
    return { link: new WorkerLink({ node, worker: 0, line, clock, onFrames, onNobody }), line, read }
  }

  beforeAll(async () => {
    server = await NatsServer.start()
  })
  afterAll(() => server.stop())

  beforeEach(async () => {
    back.length = 0
    one = await openReader('one')
    two = await openReader('two')
    gatewayLine = await openLine('gateway')
    gateway = new GatewayLink({
      node: 'asker',
      line: gatewayLine,
      clock,
      onFrame: () => undefined,
      onNobody,
      onUnheardOf: () => undefined,
      onClosed: async () => undefined,
    })
    await gateway.settled()
  })
  afterEach(async () => {
    await gateway.close()
    await one.link.close()
    await two.link.close()
    expect(trouble).toEqual([])
  })

  test('what the server has passed on before it knew that a worker leaves is given back', async () => {
    let [from, to] = [one, two]
    await from.link.serve(SHARDS)
    for (let n = 1; n <= 20; n++) {
      gateway.toShard(SHARD, frame(n))
      gateway.flush()
      void gateway.settled()
      // Held up, as by other work: meanwhile the message comes to the socket of who leaves.
      Bun.sleepSync(10)
      await from.link.leave(SHARDS)
      await until(() => back.at(-1) === n, 'it comes back', 2_000)
      await to.link.serve(SHARDS)
      ;[from, to] = [to, from]
    }
    expect([one.read, two.read]).toEqual([[], []])
  })

  test('amid hand-offs each message is read once or comes back, whoever has sent it', async () => {
    const sender = await openReader('sender')
    let last = 0
    let isOver = false
    const sending = (async () => {
      while (!isOver) {
        for (const link of [gateway, sender.link]) {
          for (let i = 0; i < 5; i++) link.toShard(SHARD, frame(++last))
          link.flush()
        }
        await Bun.sleep(0)
      }
    })()
    await one.link.serve(SHARDS)
    let [from, to] = [one, two]
    for (let n = 0; n < 100; n++) {
      await Bun.sleep(n % 3)
      await from.link.leave(SHARDS)
      if (n % 2 === 0) await Bun.sleep(1)
      await to.link.serve(SHARDS)
      ;[from, to] = [to, from]
    }
    isOver = true
    await sending
    const heard = () => [...one.read, ...two.read, ...back].sort((a, b) => a - b)
    await until(() => heard().length >= last, 'each has been heard of', 5_000).catch(() => undefined)
    expect(heard()).toEqual(Array.from({ length: last }, (_, i) => i + 1))
    expect(Math.min(one.read.length, two.read.length, back.length)).toBeGreaterThan(0)
    const nobody = gatewayLine.traffic.undelivered.nobody + sender.line.traffic.undelivered.nobody
    expect(nobody).toBe(back.length)
    await sender.link.close()
  }, 30_000)

  test('what comes to whoever has lost the shard is counted, and left to who has it: not read, nor given back', async () => {
    await one.link.serve(SHARDS)
    await two.link.serve(SHARDS)
    const late = () => one.line.traffic.undelivered.too_late
    let sent = 0
    while (late() === 0 && sent < 20) {
      gateway.toShard(SHARD, frame(++sent))
      gateway.flush()
      void gateway.settled()
      // Held up, as by other work: meanwhile the message comes to the sockets of both.
      Bun.sleepSync(10)
      one.link.lose(SHARDS)
      await until(() => two.read.length === sent, 'its owner has read it', 2_000)
      if (late() === 0) await one.link.serve(SHARDS)
    }
    expect([late(), one.read, back]).toEqual([1, [], []])
    gateway.toShard(SHARD, frame(++sent))
    gateway.flush()
    await until(() => two.read.length === sent, 'its owner reads on', 2_000)
    expect([late(), one.read, back]).toEqual([1, [], []])
  })

  test('what comes to whoever stood still for longer than it is waited for is counted, since the next owner may have read it', async () => {
    const waits = new VirtualClock()
    const slow = await openReader('slow', waits)
    await slow.link.serve(SHARDS)
    gateway.toShard(SHARD, frame(1))
    gateway.flush()
    void gateway.settled()
    Bun.sleepSync(10)
    const left = slow.link.leave(SHARDS)
    waits.advance(300)
    await left
    await until(() => slow.line.traffic.undelivered.too_late === 1, 'it is counted', 2_000)
    expect([slow.read, back]).toEqual([[], []])
    await slow.link.close()
  })

  test('what was said to a shard may come back for as long as a worker takes to leave it, and no longer', async () => {
    const waits = new VirtualClock()
    const line = await openLine('leaver', waits)
    const link = new WorkerLink({ node: 'leaver', worker: 0, line, clock: waits, onFrames: () => undefined, onNobody })
    expect(link.mayHearBack).toBe(false)
    link.toShard(SHARD, frame(1))
    link.flush()
    expect(link.mayHearBack).toBe(true)
    waits.advance(300)
    expect(link.mayHearBack).toBe(true)
    waits.advance(200)
    expect(link.mayHearBack).toBe(false)
    await link.close()
  })

  test('an answer for a node that has gone is counted', async () => {
    one.link.toGateway('gone', frame(1))
    one.link.toGateway('gone', frame(2))
    one.link.flush()
    await until(() => one.line.traffic.undelivered.no_gateway === 2, 'both are counted', 2_000)
  })

  test('what is more than one message may be goes in several; what is so alone is counted', async () => {
    await one.link.serve(SHARDS)
    const large = 'x'.repeat(300_000)
    for (let n = 1; n <= 7; n++) gateway.toShard(SHARD, [n, large])
    gateway.toShard(SHARD, [8, 'x'.repeat(1_200_000)])
    gateway.toShard(SHARD, frame(9))
    gateway.flush()
    await until(() => one.read.length === 8, 'all but one are read', 5_000)
    expect(one.read).toEqual([1, 2, 3, 4, 5, 6, 7, 9])
    expect(gatewayLine.traffic.undelivered.too_large).toBe(1)
  })
})

function frame(n: number): Frame {
  return [n]
}

function numberOf([n]: Frame): number {
  return n as number
}
