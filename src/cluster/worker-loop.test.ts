/** A worker as its node tells it what to serve, with a bus that only writes down what it is told. */
import { expect, test } from 'bun:test'
import { MessageChannel } from 'node:worker_threads'
import { until } from '../../test/support/until.ts'
import { DEFAULT_SETTINGS } from '../actors/default-settings.ts'
import { actorKinds } from '../actors/kinds.ts'
import { MemoryJournal } from '../actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../actors/runtime/memory/memory-location-log.ts'
import { MemoryPriceLog, MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { ShardId } from '../domain/ids.ts'
import { NO_TRAFFIC } from './bus-traffic.ts'
import { dropFrame, openFrame, readOpened } from './control-frames.ts'
import { decodeBatch, encodeBatch, FRAME, type Frame } from './frames.ts'
import type { RemoteLink } from './remote-bus.ts'
import { systemClock as clock } from './system-clock.ts'
import type { Parcel } from './worker-bus.ts'
import { runWorker } from './worker-loop.ts'

const [GIVEN_UP, KEPT] = [3, 4] as [ShardId, ShardId]
/** Of a request to the record. */
const LATENCY_MS = 60

function linkThatNotes(said: string[]): RemoteLink {
  const nothing = () => undefined
  const note = (what: string) => async (shards: readonly ShardId[]) =>
    void (shards.length > 0 && said.push(`${what} ${shards}`))
  return {
    node: 'b',
    traffic: NO_TRAFFIC,
    toShard: nothing,
    toGateway: nothing,
    learnMembers: nothing,
    publish: nothing,
    publishFix: nothing,
    publishHome: nothing,
    unreadable: nothing,
    flush: nothing,
    serve: note('serves'),
    leave: note('leaves'),
    lose: nothing,
    close: async () => undefined,
  }
}

test('a shard that is dropped while it is opened is neither served nor said to be; the others are', async () => {
  const said: string[] = []
  const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
  const shards = [GIVEN_UP, KEPT]
  const epochs = record.takeShards(shards, 'test')
  const { port1: node, port2: port } = new MessageChannel()
  node.on('message', ({ bytes }: Parcel) => {
    for (const frame of decodeBatch(bytes)) if (frame[0] === FRAME.opened) said.push(`opened ${readOpened(frame)}`)
  })
  void runWorker({
    port,
    workers: 1,
    clock,
    kinds: actorKinds(DEFAULT_SETTINGS),
    journal: new MemoryJournal({ record, clock, latencyMs: () => LATENCY_MS }),
    locations: new MemoryLocationLog({ history: new MemoryHistory(), clock, retentionDays: 30 }),
    prices: new MemoryPriceLog({ prices: new MemoryPrices(() => 1), clock }),
    openRemote: async () => linkThatNotes(said),
  })
  const tell = (frame: Frame) => {
    const bytes = encodeBatch([frame])
    node.postMessage(bytes, [bytes.buffer as ArrayBuffer])
  }
  tell(openFrame(shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))))
  await Bun.sleep(LATENCY_MS / 3)
  tell(dropFrame([GIVEN_UP]))
  await until(() => said.some(what => what.startsWith('opened')), 'what was opened is said')
  expect(said).toEqual([`leaves ${GIVEN_UP}`, `serves ${KEPT}`, `opened ${KEPT}`])
  node.close()
})
