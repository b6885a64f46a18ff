import { expect, test } from 'bun:test'
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import { newOrderId, type ShardId } from '../domain/ids.ts'
import { drainFrame, readAskId, readUnwatch, readWatch } from './control-frames.ts'
import { decodeBatch, FRAME, type Frame } from './frames.ts'
import { WorkerSlot } from './worker-slot.ts'

const ORDER = newOrderId(3 as ShardId, 1_700_000_000_000, () => 0.5)

function setUp() {
  const clock = new VirtualClock()
  const slot = new WorkerSlot(0, clock)
  /** A thread takes the place of the one before. @returns the next batch that comes to it. */
  const connect = () => {
    const { port1, port2 } = new MessageChannel()
    slot.connect(port1)
    return async (): Promise<readonly Frame[]> => {
      const [bytes] = await once(port2, 'message')
      return decodeBatch(bytes)
    }
  }
  return { clock, slot, connect }
}

function first(frames: readonly Frame[]): Frame {
  const [frame] = frames
  if (!frame) throw new Error('an empty batch')
  return frame
}

test('a question is answered once; what comes after its time is nobody’s', async () => {
  const { clock, slot, connect } = setUp()
  const next = connect()

  const answered = slot.ask(drainFrame)
  slot.answered(readAskId(first(await next())), 'done')
  expect(await answered).toBe('done')

  const late = slot.ask(drainFrame)
  const askId = readAskId(first(await next()))
  clock.advance(1_000)
  expect(await late).toBeNull()
  slot.answered(askId, 'too late')
  slot.disconnect()
})

test('where no thread is, nothing is asked, and what was collected for a dead one does not reach the next', async () => {
  const { slot, connect } = setUp()
  expect(await slot.ask(drainFrame)).toBeNull()

  connect()
  slot.outgoing.put([FRAME.stop])
  slot.disconnect()
  expect(slot.isUp).toBe(false)

  const next = connect()
  slot.outgoing.put(drainFrame(7))
  slot.flush()
  expect(await next()).toEqual([drainFrame(7)])
  slot.disconnect()
})

test('a watch is asked again until the thread knows of it, and the next thread is told before all else', async () => {
  const { clock, slot, connect } = setUp()
  const next = connect()
  const watching = slot.watch(ORDER)
  expect(readWatch(first(await next())).orderIds).toEqual([ORDER])

  clock.advance(1_000)
  const { askId } = readWatch(first(await next()))
  slot.answered(askId, true)
  await watching

  slot.disconnect()
  const nextThread = connect()
  slot.putWatched()
  slot.flush()
  expect(readWatch(first(await nextThread())).orderIds).toEqual([ORDER])

  slot.unwatch(ORDER)
  expect(readUnwatch(first(await nextThread()))).toBe(ORDER)
  slot.disconnect()
})

test('a watch that waits for a thread that died ends; one that was given up is not asked again', async () => {
  const { clock, slot, connect } = setUp()
  const next = connect()
  const watching = slot.watch(ORDER)
  await next()
  slot.disconnect()
  clock.advance(1_000)
  await watching

  const nextThread = connect()
  const watchingAgain = slot.watch(ORDER)
  await nextThread()
  slot.unwatch(ORDER)
  clock.advance(1_000)
  await watchingAgain
  slot.disconnect()
})
