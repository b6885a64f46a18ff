import { expect, test } from 'bun:test'
import type { Envelope } from '../actors/runtime/envelope.ts'
import type { IntakeResult } from '../actors/runtime/ports.ts'
import { envelopeTo } from '../actors/runtime/router.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { envelopeFrame, type Frame, FrameError, fixFrame } from './frames.ts'
import { giveBack } from './give-back.ts'

const SHARD = 3 as ShardId
const DRIVER = { kind: 'driver', id: 'drv_1', shard: SHARD } as const

function setUp() {
  const said: unknown[] = []
  const strays: Envelope[] = []
  const bus = {
    reply: (to: unknown, body: unknown) => said.push({ to, body }),
    settleFix: (gateway: string, token: number, index: number, result: IntakeResult) =>
      said.push({ gateway, token, index, result }),
  }
  const give = (...frames: Frame[]) => giveBack(frames, { bus, strays: { keep: envelope => strays.push(envelope) } })
  return { give, said, strays }
}

test('who asked, and who sent a position, is told to send it again: wherever its gateway is', () => {
  const { give, said, strays } = setUp()
  const replyTo = { gateway: 'two', askId: 7 }
  const asked = envelopeTo(DRIVER, { kind: 'driver.read', replyTo }, 'command')
  const fix = { latitude: 1, longitude: 2, speed: null, heading: null, accuracy: null, recordedAtMs: 5, orderId: null }
  const item = { driverId: 'drv_1' as DriverId, shard: SHARD, token: 4, index: 2, create: true, fix }
  give(envelopeFrame(asked), fixFrame('one', item))
  expect(said).toEqual([
    { to: replyTo, body: { kind: 'moved', shard: SHARD, epoch: 0 } },
    { gateway: 'one', token: 4, index: 2, result: 'moved' },
  ])
  expect(strays).toEqual([])
})

test('what nobody waits for is sent on, as it was', () => {
  const { give, said, strays } = setUp()
  const told = envelopeTo(DRIVER, { kind: 'driver.revoke' }, 'vital')
  give(envelopeFrame(told))
  expect([said, strays]).toEqual([[], [told]])
})

test('nothing else comes back', () => {
  expect(() => setUp().give([99])).toThrow(FrameError)
})
