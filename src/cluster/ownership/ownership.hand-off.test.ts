/** Shards that go to where they are at home, one after the other, whoever dies or is slow. */
import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { AVOID_MS, DRAIN_MAX_MS, MOVES_MAX, RELEASE_AGAIN_MAX_MS, RELEASE_MAX_MS } from './limits.ts'
import { A, all, alone, B, Bench, MINE, note, SHARDS, toBeGivenB } from './ownership.fixtures.ts'
import { claimsOf } from './ownership.state.ts'
import { ownersOf } from './standing.ts'
import type { NodeId } from './types.ts'

describe('hand-off', () => {
  /** B has joined and is to be given what is at home there: so many of it are sealed. */
  function sealed() {
    const bench = alone().view({ members: [note(B, 'filling')] })
    const shards = bench.shardsAsked('seal')
    return { bench, shards, grants: shards.map(shard => ({ shard, epoch: 1 })) }
  }

  /** And released. */
  function released() {
    const { bench, shards, grants } = sealed()
    bench.tell({ kind: 'drained', grants })
    return { bench, shards }
  }

  test('so many at once are sealed, of those at home elsewhere; they stay claimed', () => {
    const { bench, shards } = sealed()

    expect(shards).toEqual(toBeGivenB.slice(0, MOVES_MAX))
    expect(claimsOf(bench.state.held).owned.size).toBe(SHARDS)
  })

  test('a drained shard is dropped and released to its successor by name, and the next ones are sealed once it is claimed', () => {
    const { bench, shards } = released()
    expect(bench.shardsAsked('drop')).toEqual(shards)
    const claims = bench.take('announce').at(-1)?.claims
    expect(claims?.released.get(shards[0] as ShardId)).toEqual({ epoch: 1, to: B })
    expect(claims?.owned.size).toBe(SHARDS - shards.length)
    expect(bench.shardsAsked('seal')).toEqual([])

    bench.view({
      members: [
        note(
          B,
          'filling',
          shards.map(s => [s, 2]),
        ),
      ],
    })

    expect(claimsOf(bench.state.held).released.size).toBe(0)
    expect(bench.shardsAsked('seal')).toEqual(toBeGivenB.slice(shards.length))
  })

  test('a drain that hangs is not waited for', () => {
    const { bench, shards } = sealed()
    bench.tickAt(bench.nowMs + DRAIN_MAX_MS)

    expect([...claimsOf(bench.state.held).released.keys()]).toEqual(shards)
  })

  test('the successor takes what is released to it, at once', () => {
    const owned = all(4).filter(([shard]) => shard !== MINE)
    const bench = new Bench().view({
      phase: 'filling',
      members: [note(B, 'serving', owned, [[MINE, { epoch: 4, to: A }]])],
    })

    expect(bench.shardsAsked('take')).toEqual([MINE])
  })

  test('what is released to another is not taken while that one lives', () => {
    const C = 'c' as NodeId
    const owned = all(4).filter(([shard]) => shard !== MINE)
    const members = [note(B, 'serving', owned, [[MINE, { epoch: 4, to: C }]]), note(C, 'serving')]
    const bench = new Bench().view({ phase: 'serving', members })

    expect(bench.tickAt(60_000).shardsAsked('take')).toEqual([])
  })

  test('a release counts for its successor until somebody claims the shard at a higher epoch', () => {
    const C = 'c' as NodeId
    const released = note(B, 'serving', [], [[MINE, { epoch: 4, to: A }]])
    const bench = new Bench().view({ phase: 'serving', mayTake: false, members: [released, note(C, 'serving')] })
    expect(ownersOf(bench.state).get(MINE)).toBe(A)

    bench.view({ members: [released, note(C, 'serving', [[MINE, 5]])] })

    expect(ownersOf(bench.state).get(MINE)).toBe(C)
    expect(bench.shardsAsked('take')).not.toContain(MINE)
  })

  test('a successor that dies, or does not come, gets nothing: the shard is taken back, and that one avoided for a while', () => {
    for (const [later, members] of [
      [0, []],
      [RELEASE_MAX_MS, [note(B, 'filling')]],
    ] as const) {
      const { bench, shards } = released()
      bench.nowMs += later
      bench.view({ members })
      expect(bench.shardsAsked('take')).toEqual(shards)
      bench.granted(2).tell({ kind: 'taken', grants: shards.map(shard => ({ shard, epoch: 3 })) })
      bench.tell({ kind: 'opened', grants: shards.map(shard => ({ shard, epoch: 3 })) })

      expect(bench.view({ members: [note(B, 'filling')] }).shardsAsked('seal')).toEqual([])
      expect(bench.tickAt(bench.nowMs + AVOID_MS).shardsAsked('seal').length).toBe(MOVES_MAX)
    }
  })

  test('a successor that was too slow once and lives is given more time: what is taken back for ever never comes to rest', () => {
    const { bench, shards } = released()
    bench.nowMs += RELEASE_MAX_MS
    bench.view({ members: [note(B, 'filling')] }).take('take')
    const again = (epoch: number) => shards.map(shard => ({ shard, epoch }))
    bench.granted(2).tell({ kind: 'taken', grants: again(3) })
    bench.tell({ kind: 'opened', grants: again(3) })
    bench.tickAt(bench.nowMs + AVOID_MS).tell({ kind: 'drained', grants: again(3) })

    expect(bench.tickAt(bench.nowMs + RELEASE_AGAIN_MAX_MS - 1).shardsAsked('take')).toEqual([])
    expect(bench.tickAt(bench.nowMs + 1).shardsAsked('take')).toEqual(shards)
  })

  describe('one that was too slow once', () => {
    /** What was released to it is back here, and it may be asked again. */
    function takenBack() {
      const { bench, shards } = released()
      bench.nowMs += RELEASE_MAX_MS
      bench.view({ members: [note(B, 'filling')] }).take('take')
      const again = (epoch: number) => shards.map(shard => ({ shard, epoch }))
      bench.granted(2).tell({ kind: 'taken', grants: again(3) })
      bench.tell({ kind: 'opened', grants: again(3) })
      bench.nowMs += AVOID_MS
      return { bench, again }
    }

    /** What is released to it then, how long it is waited for. */
    function patienceMs(bench: Bench): number {
      const shards = bench.tickAt(bench.nowMs).shardsAsked('seal')
      expect(shards.length).toBeGreaterThan(0)
      const grants = shards.map(shard => ({ shard, epoch: bench.state.held.get(shard)?.epoch ?? 0 }))
      bench.tell({ kind: 'drained', grants })
      const sinceMs = bench.nowMs
      bench.take('take')
      while (bench.shardsAsked('take').length === 0) bench.tickAt(bench.nowMs + 100)
      return bench.nowMs - sinceMs
    }

    test('is slow still while nothing says otherwise', () => {
      const { bench } = takenBack()
      bench.view({ members: [note(B, 'filling')] })
      expect(patienceMs(bench)).toBe(RELEASE_AGAIN_MAX_MS)
    })

    test('is as any other once it has come in time', () => {
      const { bench, again } = takenBack()
      bench.tickAt(bench.nowMs).tell({ kind: 'drained', grants: again(3) })
      const theirs = again(4).map(({ shard, epoch }) => [shard, epoch] as const)
      bench.nowMs += RELEASE_MAX_MS / 2
      bench.view({ members: [note(B, 'filling', theirs)] })
      expect(patienceMs(bench)).toBe(RELEASE_MAX_MS)
    })

    test('is as any other in its next life', () => {
      const { bench } = takenBack()
      bench.view({ members: [{ ...note(B, 'filling'), incarnation: 'x.2' }] })
      expect(patienceMs(bench)).toBe(RELEASE_MAX_MS)
    })

    test('is forgotten once it is gone', () => {
      const { bench } = takenBack()
      bench.view({ members: [] })
      expect(bench.state.avoided.size).toBe(0)
    })
  })

  test('nothing is handed off while it is unsure who lives, nor to a node that joins', () => {
    const unsure = alone().view({ mayTake: false, members: [note(B, 'filling')] })
    const early = alone().view({ members: [note(B, 'joining')] })

    for (const bench of [unsure, early]) expect(bench.tickAt(60_000).shardsAsked('seal')).toEqual([])
  })

  test('a node that has had its share is given nothing of what others serve', () => {
    expect(
      alone()
        .view({ members: [note(B, 'serving')] })
        .shardsAsked('seal'),
    ).toEqual([])
  })
})
