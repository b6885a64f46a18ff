/** A worker as its node tells it what to serve, with a bus that only writes down what it is told. */
import { expect, test } from 'bun:test'
import { MessageChannel } from 'node:worker_threads'
import { until } from '../../test/support/until.ts'
import { DEFAULT_SETTINGS } from '../actors/default-settings.ts'
import { actorKinds } from '../actors/kinds.ts'
import type { ActorKinds } from '../actors/runtime/actor.ts'
import { counterKind } from '../actors/runtime/counter.fixtures.ts'
import type { Message } from '../actors/runtime/envelope.ts'
import { MemoryJournal } from '../actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../actors/runtime/memory/memory-location-log.ts'
import { MemoryPriceLog, MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import { envelopeTo } from '../actors/runtime/router.ts'
import type { ShardId } from '../domain/ids.ts'
import { NO_TRAFFIC } from './bus-traffic.ts'
import { dropFrame, openFrame, readOpened } from './control-frames.ts'
import { decodeBatch, encodeBatch, envelopeFrame, FRAME, type Frame } from './frames.ts'
import type { RemoteLink } from './remote-bus.ts'
import { systemClock as clock } from './system-clock.ts'
import type { Parcel } from './worker-bus.ts'
import { type RemoteEars, runWorker } from './worker-loop.ts'

const [GIVEN_UP, KEPT] = [3, 4] as [ShardId, ShardId]
/** Of a request to the record. */
const LATENCY_MS = 60

function linkThatNotes(said: string[]): RemoteLink & { mayHearBack: boolean } {
  const nothing = () => undefined
  const note = (what: string) => async (shards: readonly ShardId[]) =>
    void (shards.length > 0 && said.push(`${what} ${shards}`))
  return {
    node: 'b',
    traffic: NO_TRAFFIC,
    mayHearBack: false,
    toShard: shard => void said.push(`says to ${shard}`),
    toGateway: nothing,
    learnMembers: nothing,
    publish: nothing,
    publishFix: nothing,
    publishHome: nothing,
    unreadable: nothing,
    flush: nothing,
    serve: note('serves'),
    leave: note('leaves'),
    lose: note('loses'),
    close: async () => void said.push('ends'),
  }
}

/** A worker that nobody else is with, and the ways to it. */
function startWorker(said: string[], kinds: ActorKinds = actorKinds(DEFAULT_SETTINGS)) {
  const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
  const { port1: node, port2: port } = new MessageChannel()
  node.on('message', ({ bytes }: Parcel) => {
    for (const frame of decodeBatch(bytes)) if (frame[0] === FRAME.opened) said.push(`opened ${readOpened(frame)}`)
  })
  const link = linkThatNotes(said)
  const ears = Promise.withResolvers<RemoteEars>()
  void runWorker({
    port,
    workers: 1,
    clock,
    kinds,
    journal: new MemoryJournal({ record, clock, latencyMs: () => LATENCY_MS }),
    locations: new MemoryLocationLog({ history: new MemoryHistory(), clock, retentionDays: 30 }),
    prices: new MemoryPriceLog({ prices: new MemoryPrices(() => 1), clock }),
    openRemote: async heard => {
      ears.resolve(heard)
      return link
    },
  })
  const tell = (frame: Frame) => {
    const bytes = encodeBatch([frame])
    node.postMessage(bytes, [bytes.buffer as ArrayBuffer])
  }
  const open = (shards: readonly ShardId[]) => {
    const epochs = record.takeShards(shards, 'test')
    tell(openFrame(shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))))
  }
  return { record, node, link, ears: ears.promise, tell, open }
}

test('a shard that is dropped while it is opened is neither served nor said to be; the others are', async () => {
  const said: string[] = []
  const { node, open, tell } = startWorker(said)
  open([GIVEN_UP, KEPT])
  await Bun.sleep(LATENCY_MS / 3)
  tell(dropFrame([GIVEN_UP]))
  await until(() => said.some(what => what.startsWith('opened')), 'what was opened is said')
  expect(said).toEqual([`leaves ${GIVEN_UP}`, `serves ${KEPT}`, `opened ${KEPT}`])
  node.close()
})

const COUNTERS = { ...actorKinds(DEFAULT_SETTINGS), order: counterKind } as ActorKinds
const counterMessage = (shard: ShardId, message: object) =>
  envelopeTo({ kind: 'order', id: `ord_0${shard}a`, shard }, message as Message, 'vital')

test('a shard that another node has taken is lost: what still comes for it is not for this one to give back', async () => {
  const said: string[] = []
  const { record, node, open, ears } = startWorker(said, COUNTERS)
  open([KEPT])
  await until(() => said.includes(`opened ${KEPT}`), 'it is served')
  record.takeShards([KEPT], 'another')
  ;(await ears).onFrames([envelopeFrame(counterMessage(KEPT, { kind: 'order.place', what: 'a' }))])
  await until(() => said.includes(`loses ${KEPT}`), 'it is lost')
  expect(said).not.toContain(`leaves ${KEPT}`)
  node.close()
})

test('a shard that broke here is left: nobody else has it, so what still comes for it goes back', async () => {
  const said: string[] = []
  const { node, open, ears } = startWorker(said, COUNTERS)
  open([KEPT])
  await until(() => said.includes(`opened ${KEPT}`), 'it is served')
  ;(await ears).onFrames([envelopeFrame(counterMessage(KEPT, { kind: 'throw' }))])
  await until(() => said.includes(`leaves ${KEPT}`), 'it is left')
  expect(said).not.toContain(`loses ${KEPT}`)
  node.close()
})

test('a thread that is to end does not while what it has said to a shard elsewhere may come back, and says it again', async () => {
  const said: string[] = []
  const { node, link, ears, tell } = startWorker(said)
  const stray = envelopeFrame(counterMessage(KEPT, { kind: 'add' }))
  const comesBack = async () => (await ears).onNobody([stray])
  const times = () => said.filter(what => what === `says to ${KEPT}`).length
  await comesBack()
  link.mayHearBack = true
  tell([FRAME.stop])
  await until(() => times() === 1, 'it is sent on')
  await Bun.sleep(50)
  expect(said).not.toContain('ends')
  await comesBack()
  await until(() => times() === 2, 'it is sent on again')
  expect(said).not.toContain('ends')
  link.mayHearBack = false
  await until(() => said.includes('ends'), 'the thread ends')
  node.close()
})
