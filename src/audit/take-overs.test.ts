import { expect, test } from 'bun:test'
import { newOrderId, type ShardId } from '../domain/ids.ts'
import { TakeOvers } from './take-overs.ts'

const orderOn = (shard: number) => newOrderId(shard as ShardId, 1_700_000_000_000, () => 0.5)

test('a take-over ends with the first command for the dead node’s shards that was sent after the kill', () => {
  const takeOvers = new TakeOvers()
  takeOvers.killed(new Set([7 as ShardId]), 1_000)
  takeOvers.commandAcked(orderOn(7), 999, 1_010)
  takeOvers.commandAcked(orderOn(8), 1_001, 1_020)
  expect(takeOvers.tookMs).toEqual([])
  takeOvers.commandAcked(orderOn(7), 1_002, 4_200)
  takeOvers.commandAcked(orderOn(7), 1_003, 4_300)
  expect(takeOvers.tookMs).toEqual([3_200])
})

test('a node that served nothing is not waited for', () => {
  const takeOvers = new TakeOvers()
  takeOvers.killed(new Set(), 1_000)
  takeOvers.commandAcked(orderOn(7), 1_001, 1_002)
  expect(takeOvers.tookMs).toEqual([])
})
