import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { newsOf } from './ownership-news.ts'
import { type LeaseNote, NO_CLAIMS, type NodeId, type NodePhase } from './types.ts'

const note = (node: string, phase: NodePhase = 'serving'): LeaseNote => {
  return { node: node as NodeId, incarnation: 'i', weight: 1, phase, claims: NO_CLAIMS }
}
const grants = (n: number) => Array.from({ length: n }, (_, s) => ({ shard: s as ShardId, epoch: 1 }))
const QUIET = { self: note('one'), hasLease: true, members: [note('two')], lapsed: [] as NodeId[], serving: grants(4) }

test('nothing new is no news', () => {
  expect(newsOf(QUIET, { ...QUIET, members: [note('two', 'draining')] })).toEqual([])
})

test('who came, who left and who died is told apart', () => {
  expect(newsOf(QUIET, { ...QUIET, members: [note('two'), note('three')] })).toEqual(['cluster: three is there'])
  const died = newsOf(QUIET, { ...QUIET, members: [], lapsed: ['two' as NodeId], serving: grants(8) })
  expect(died).toEqual(['cluster: two is gone: its lease has lapsed', 'cluster: serves 8 shards, 4 more'])
  const leaving = { ...QUIET, members: [note('two', 'draining')] }
  expect(newsOf(leaving, { ...QUIET, members: [] })).toEqual(['cluster: two has left'])
  // Between two looks it was never seen leaving.
  expect(newsOf(QUIET, { ...QUIET, members: [] })).toEqual(['cluster: two has left'])
})

test('the loss of the lease is told, and its return', () => {
  const lost = { ...QUIET, hasLease: false }
  expect(newsOf(QUIET, lost)).toEqual(['cluster: the lease of this node is lost; others may take its shards'])
  expect(newsOf(lost, QUIET)).toEqual(['cluster: this node has a lease'])
})

test('the lease of a life before a restart is not another node', () => {
  expect(newsOf({ ...QUIET, members: [] }, { ...QUIET, members: [note('one')] })).toEqual([])
})

test('a lease that was lost and taken again between two looks is told as both', () => {
  const again = { ...QUIET, self: { ...QUIET.self, incarnation: 'j' } }
  expect(newsOf(QUIET, again)).toEqual([
    'cluster: the lease of this node is lost; others may take its shards',
    'cluster: this node has a lease',
  ])
})
