import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { noteText, parseLease, tombstoneText } from './lease-note.ts'
import type { LeaseNote, NodeId } from './types.ts'

const note: LeaseNote = {
  node: 'a' as NodeId,
  incarnation: 'b1.1',
  weight: 2,
  phase: 'serving',
  claims: {
    owned: new Map([[3 as ShardId, 7]]),
    released: new Map([[4 as ShardId, { epoch: 9, to: 'b' as NodeId }]]),
  },
}

test('a note and a tombstone are read as they were written', () => {
  expect(parseLease(noteText(note))).toEqual({ kind: 'note', note })
  const tombstone = { node: 'a' as NodeId, by: 'b' as NodeId }
  expect(parseLease(tombstoneText(tombstone))).toEqual({ kind: 'tombstone', tombstone })
})

test('what is none of ours is not read', () => {
  const fields = JSON.parse(noteText(note))
  const broken = [
    { v: 2 },
    { node: 'not a name' },
    { incarnation: '' },
    { weight: 0 },
    { phase: 'asleep' },
    { owned: [[3]] },
    { owned: [[-1, 1]] },
    { owned: [[3, 0]] },
    { released: [[4, 9, '']] },
    { released: 7 },
  ]
  for (const change of broken) expect(parseLease(JSON.stringify({ ...fields, ...change }))).toBeNull()
  for (const text of ['', 'null', '7', '{', '{"v":1,"dead":7}', `"${'x'.repeat(70_000)}"`])
    expect(parseLease(text)).toBeNull()
})
