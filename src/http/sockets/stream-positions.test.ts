import { describe, expect, test } from 'bun:test'
import type { FixResult } from '../../actors/gateway.ts'
import { logTo } from '../../actors/runtime/log.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { DriverId } from '../../domain/ids.ts'
import { HTTP_LIMITS } from '../limits.ts'
import { Metrics } from '../metrics/metrics.ts'
import { StreamPositions } from './stream-positions.ts'

const PLACE = { latitude: 37, longitude: -122, speed: null, heading: null, accuracy: null, orderId: null }

/** A stream of a node that stores what it is told to, and has room for so many positions of one sender. */
function streamOf(driverId: DriverId | null = null) {
  const clock = new VirtualClock()
  const heard: string[] = []
  const node = { room: 1_000, isRefusing: false }
  const underWay: PromiseWithResolvers<FixResult[]>[] = []
  const positions = new StreamPositions(
    {
      gateway: {
        get isRefusing() {
          return node.isRefusing
        },
        holds: ofSender => ofSender > node.room,
        ingest() {
          const answer = Promise.withResolvers<FixResult[]>()
          underWay.push(answer)
          return answer.promise
        },
      },
      clock,
      metrics: new Metrics(),
      limits: HTTP_LIMITS,
      log: logTo(() => {}, 'error'),
      random: () => 0.5,
    },
    {
      send: message => heard.push(JSON.stringify(message)),
      error: (code, _, seq) => heard.push(`${code} ${seq}`),
      hold: () => heard.push('hold'),
      readOn: () => heard.push('read on'),
    },
    driverId,
    'live',
  )
  let seq = 0
  const frame = (points: number): void => {
    const fixes = Array.from({ length: points }, (_, i) => ({
      driverId: `d${i}` as DriverId,
      fix: { ...PLACE, recordedAtMs: 1 },
    }))
    positions.onPoints({ seq: ++seq, fixes })
  }
  const refused = (points: number): void => positions.refuse({ seq: ++seq, points })
  /** The oldest frame. */
  const store = async (): Promise<void> => {
    const answer = underWay.shift()
    answer?.resolve([{ result: 'committed', recordedAtMs: 1 }])
    await answer?.promise
  }
  return { clock, heard, node, frame, refused, store }
}

describe('a stream that has more under way than its part', () => {
  test('is held, and read on from once it has clearly less', async () => {
    const { heard, frame, store } = streamOf()
    frame(600)
    expect(heard).toEqual([])
    frame(500)
    // What was read before it was held still comes.
    frame(300)
    expect(heard).toEqual(['hold'])
    await store()
    expect(heard).toEqual(['hold'])
    await store()
    expect(heard).toEqual(['hold', 'read on'])
  })

  test('is read on from when nothing of it is under way, whatever room there is', async () => {
    const { heard, node, frame, store } = streamOf()
    frame(1_000)
    frame(1_000)
    node.room = 0
    await store()
    expect(heard).toEqual(['hold'])
    await store()
    expect(heard).toEqual(['hold', 'read on'])
  })

  test('is not held where it is a driver’s own: answers to offers come along it', () => {
    const { heard, frame, refused } = streamOf('d0' as DriverId)
    frame(1_000)
    frame(1_000)
    refused(1)
    expect(heard).toEqual(['overloaded 3'])
  })
})

describe('a stream of a node that refuses', () => {
  test('is told so of its frame, which is settled by that', async () => {
    const { heard, clock, refused } = streamOf()
    refused(500)
    clock.advance(1)
    expect(heard).toEqual(['overloaded 1', 'hold', '{"type":"ack","seq":1}'])
  })

  test('is held for a moment, and for as long as it would be refused', async () => {
    const { heard, clock, node, frame, store, refused } = streamOf()
    node.isRefusing = true
    frame(10)
    refused(10)
    await store()
    clock.advance(200)
    expect(heard).toEqual(['overloaded 2', 'hold', '{"type":"ack","seq":2}'])
    node.isRefusing = false
    clock.advance(200)
    expect(heard.at(-1)).toBe('read on')
  })
})
