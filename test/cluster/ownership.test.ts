/** The ownership driver of three nodes over a bucket on a real NATS server; the record is in memory. */
import { afterEach, expect, test } from 'bun:test'
import { MemoryRecord } from '../../src/actors/runtime/memory/memory-record.ts'
import type { ShardId } from '../../src/domain/ids.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'
import { OwnershipNode } from './ownership-node.ts'

const SHARDS = 64
const TAKEOVER_BUDGET_MS = 6_000
const HAND_OFF_BUDGET_MS = 500
const SETTLE_MAX_MS = 15_000

let server: NatsServer
let nodes: OwnershipNode[] = []

afterEach(async () => {
  await Promise.all(nodes.map(node => node.die()))
  nodes = []
  await server.stop()
})

/** Who serves each shard at its highest epoch, as `shard:epoch@node`; sorted. */
function owners(): string[] {
  const found: string[] = []
  for (let shard = 0; shard < SHARDS; shard++) {
    const serving = nodes.flatMap(node => {
      const epoch = node.serving.get(shard as ShardId)
      return epoch === undefined ? [] : [{ node: node.id, epoch }]
    })
    const [best] = serving.sort((a, b) => b.epoch - a.epoch)
    if (best) found.push(`${shard}:${best.epoch}@${best.node}`)
  }
  return found
}

async function threeNodes(): Promise<{ a: OwnershipNode; b: OwnershipNode; c: OwnershipNode }> {
  server = await NatsServer.start()
  const record = new MemoryRecord({ nowMs: () => Date.now() })
  const start = (id: string) => OwnershipNode.start(id, server.url, record, SHARDS)
  const [a, b, c] = await Promise.all([start('a'), start('b'), start('c')])
  nodes = [a, b, c]
  const isShared = () =>
    owners().length === SHARDS &&
    nodes.every(node => node.serving.size >= SHARDS / 6 && node.driver.status.self.phase === 'serving')
  await until(isShared, 'the three share the shards', SETTLE_MAX_MS)
  return { a, b, c }
}

/** @returns how long it took until every shard was served again, by a look each 5 ms. */
async function servedAgainMs(maxMs: number): Promise<number> {
  const startMs = performance.now()
  await until(() => owners().length === SHARDS, 'every shard is served', maxMs)
  return performance.now() - startMs
}

function report(what: string, ms: number): void {
  process.stderr.write(`${what}: ${Math.round(ms)} ms\n`)
}

await describeWithServices('ownership over NATS', ['nats'], () => {
  test('the shards of a node that was killed are served by the others within the budget', async () => {
    const { a, b } = await threeNodes()
    nodes = nodes.filter(node => node !== b)
    await b.die()
    expect(owners().length).toBeLessThan(SHARDS)

    const tookMs = await servedAgainMs(2 * TAKEOVER_BUDGET_MS)

    report('takeover after a kill', tookMs)
    expect(tookMs).toBeLessThan(TAKEOVER_BUDGET_MS)
    expect(a.errors).toEqual([])
  })

  test('NATS killed and back after 3 s with an empty bucket: nobody loses a shard to that, and nothing is taken', async () => {
    await threeNodes()
    const before = owners()
    let lost = 0
    const watching = setInterval(() => {
      lost = Math.max(lost, SHARDS - owners().length)
    }, 5)
    await server.kill()
    await Bun.sleep(3_000)
    await server.restart()
    await until(() => nodes.every(node => node.driver.status.hasLease), 'each has a lease again', SETTLE_MAX_MS)
    await until(
      () => nodes.every(node => node.driver.status.members.length === 2),
      'they see each other',
      SETTLE_MAX_MS,
    )
    // Past the grace time, in which nothing would be taken anyway, and past the life of a lease.
    await Bun.sleep(6_000)
    clearInterval(watching)

    expect(lost).toBe(0)
    expect(owners()).toEqual(before)
    expect(nodes.flatMap(node => node.troubles).filter(sentence => sentence.includes('has lapsed'))).toEqual([])
    expect(nodes.flatMap(node => node.errors)).toEqual([])
  })

  test('NATS frozen past the life of a lease and thawed: nothing is taken from a node that lives', async () => {
    await threeNodes()
    const before = owners()
    await server.freeze()
    await Bun.sleep(5_000)
    await server.thaw()
    await until(
      () => nodes.every(node => node.link.isUp && node.driver.status.hasLease),
      'leases are back',
      SETTLE_MAX_MS,
    )
    await Bun.sleep(6_000)

    expect(owners()).toEqual(before)
    expect(nodes.flatMap(node => node.errors)).toEqual([])
  })

  test('a node that leaves hands everything off; each shard is away for less than the budget', async () => {
    const { b } = await threeNodes()
    const awaySinceMs = new Map<string, number>()
    let longestMs = 0
    const watching = setInterval(() => {
      const nowMs = performance.now()
      const served = new Set(owners().map(owner => owner.split(':')[0] ?? ''))
      for (let shard = 0; shard < SHARDS; shard++) {
        const name = `${shard}`
        const sinceMs = awaySinceMs.get(name)
        if (sinceMs !== undefined) longestMs = Math.max(longestMs, nowMs - sinceMs)
        if (served.has(name)) awaySinceMs.delete(name)
        else if (sinceMs === undefined) awaySinceMs.set(name, nowMs)
      }
    }, 2)
    const startMs = performance.now()
    await b.leave()
    report('a node of three leaves, in all', performance.now() - startMs)
    nodes = nodes.filter(node => node !== b)
    await servedAgainMs(HAND_OFF_BUDGET_MS)
    clearInterval(watching)

    report('longest time without an owner in a planned hand-off', longestMs)
    expect(b.serving.size).toBe(0)
    expect(longestMs).toBeLessThan(HAND_OFF_BUDGET_MS)
    expect(nodes.flatMap(node => node.troubles).filter(sentence => sentence.includes('has lapsed'))).toEqual([])
  })
})
