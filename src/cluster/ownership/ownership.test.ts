import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { FILL_MIN_MS, LEAVE_MAX_MS, OPEN_MAX_MS, ORPHAN_WAIT_MS, RETAKE_AFTER_MS, TAKE_RETRY_MS } from './limits.ts'
import type { Owned } from './ownership.fixtures.ts'
import { A, all, alone, B, Bench, both, MINE, note, SHARDS, shardsOf } from './ownership.fixtures.ts'
import { claimsOf } from './ownership.state.ts'

describe('taking', () => {
  test('what nobody claims is left for a moment, then taken; opened at the epochs that the record gave, and claimed at once', () => {
    const bench = new Bench().view({ phase: 'filling' })
    expect(bench.tickAt(ORPHAN_WAIT_MS - 1).shardsAsked('take')).toEqual([])
    const [taken] = bench.tickAt(ORPHAN_WAIT_MS).take('take')
    expect(taken?.shards.length).toBe(SHARDS)

    const grants = all(5).map(([shard, epoch]) => ({ shard, epoch }))
    bench.tell({ kind: 'taken', grants })

    expect(bench.take('open')).toEqual([{ kind: 'open', grants }])
    expect(bench.take('announce').at(-1)?.claims.owned).toEqual(new Map(all(5)))
    expect(bench.take('filled')).toEqual([])
    expect(bench.tell({ kind: 'opened', grants }).take('filled')).toEqual([])
    expect(bench.tickAt(FILL_MIN_MS).take('filled').length).toBe(1)
  })

  test('nothing is taken while it is unsure who lives', () => {
    const bench = new Bench().view({ phase: 'serving', mayTake: false })

    expect(bench.tickAt(60_000).shardsAsked('take')).toEqual([])
  })

  test('of what nobody claims each node takes only what is desired of it', () => {
    const bench = new Bench().view({ phase: 'serving', members: [note(B, 'serving')] })

    expect(bench.tickAt(ORPHAN_WAIT_MS).shardsAsked('take')).toEqual(shardsOf(A))
  })

  test('what a node owned that was found dead is taken without a wait, and what has changed hands since is not', () => {
    const bench = both()
    const [first, ...rest] = shardsOf(B)
    // A has heard that the first of them was somebody else's after B.
    bench.view({
      members: [note(B, 'serving', [...rest.map((s): [ShardId, number] => [s, 1]), [first as ShardId, 7]])],
    })
    bench.view({
      members: [],
      dead: [
        note(
          B,
          'serving',
          shardsOf(B).map(s => [s, 1]),
        ),
      ],
    })

    expect(bench.shardsAsked('take')).toEqual(rest)
    expect(bench.tickAt(bench.nowMs + ORPHAN_WAIT_MS).shardsAsked('take')).toEqual([first as ShardId])
  })

  test('the record does not answer: asked again, and what is had in the end is the epoch of that answer', () => {
    const bench = new Bench().view({ phase: 'serving' }).tickAt(ORPHAN_WAIT_MS)
    const [taken] = bench.take('take')
    bench.tell({ kind: 'take_failed', shards: taken?.shards ?? [] })
    expect(bench.shardsAsked('take')).toEqual([])

    bench.tickAt(bench.nowMs + TAKE_RETRY_MS).granted(3)

    expect(claimsOf(bench.state.held).owned).toEqual(new Map(all(3)))
  })

  test('two take the same: the one with the lower epoch drops it, whichever it hears of first', () => {
    const before = new Bench().view({ phase: 'serving', members: [note(B, 'serving')] }).tickAt(ORPHAN_WAIT_MS)
    before.view({ members: [note(B, 'serving', [[MINE, 6]])] }).granted(5)
    const after = new Bench()
      .view({ phase: 'serving', members: [note(B, 'serving')] })
      .tickAt(ORPHAN_WAIT_MS)
      .granted(5)
    after.view({ members: [note(B, 'serving', [[MINE, 6]])] })

    expect(before.take('open').flatMap(e => e.grants.map(g => g.shard))).not.toContain(MINE)
    for (const bench of [before, after]) {
      expect(bench.phaseOf(MINE)).toBeUndefined()
      expect(bench.shardsAsked('drop')).toEqual([MINE])
    }
    const higher = new Bench()
      .view({ phase: 'serving', members: [note(B, 'serving')] })
      .tickAt(ORPHAN_WAIT_MS)
      .granted(7)
    expect(higher.view({ members: [note(B, 'serving', [[MINE, 6]])] }).phaseOf(MINE)).toBe('serving')
  })

  test('a shard that cannot be loaded, does not open in time, or breaks later, is taken anew after a rest and stays claimed', () => {
    const opening = () => {
      const bench = new Bench().view({ phase: 'serving' }).tickAt(ORPHAN_WAIT_MS)
      const grants = (bench.take('take')[0]?.shards ?? []).map(shard => ({ shard, epoch: 1 }))
      return { bench: bench.tell({ kind: 'taken', grants }), grants }
    }
    const refused = opening()
    refused.bench.tell({ kind: 'open_failed', grants: refused.grants })
    const hanging = opening()
    hanging.bench.tickAt(hanging.bench.nowMs + OPEN_MAX_MS)
    const broken = alone().tell({ kind: 'lost', shard: MINE, cause: 'failed' })

    for (const bench of [refused.bench, hanging.bench, broken]) {
      expect(bench.phaseOf(MINE)).toBe('failed')
      expect(claimsOf(bench.state.held).owned.get(MINE)).toBe(1)
      expect(bench.shardsAsked('drop')).toContain(MINE)
      expect(bench.tickAt(bench.nowMs + RETAKE_AFTER_MS).shardsAsked('take')).toContain(MINE)
      expect(claimsOf(bench.state.held).owned.get(MINE)).toBe(1)
    }
  })

  test('an answer about an epoch that is over is not heard', () => {
    const bench = new Bench().view({ phase: 'serving' }).tickAt(ORPHAN_WAIT_MS)
    const at = (epoch: number) => [{ shard: MINE, epoch }]
    bench.tell({ kind: 'taken', grants: at(1) }).tell({ kind: 'open_failed', grants: at(1) })
    bench.tickAt(bench.nowMs + RETAKE_AFTER_MS).tell({ kind: 'taken', grants: at(2) })

    expect(bench.tell({ kind: 'opened', grants: at(1) }).phaseOf(MINE)).toBe('opening')
    expect(bench.tell({ kind: 'open_failed', grants: at(1) }).phaseOf(MINE)).toBe('opening')
    expect(bench.tell({ kind: 'opened', grants: at(2) }).phaseOf(MINE)).toBe('serving')
  })

  test('what was fenced is left to whoever has it; if nobody claims it, it is taken again', () => {
    const bench = alone().tell({ kind: 'lost', shard: MINE, cause: 'fenced' })
    expect(bench.phaseOf(MINE)).toBeUndefined()
    expect(bench.shardsAsked('take')).toEqual([])

    expect(bench.tickAt(bench.nowMs + ORPHAN_WAIT_MS).shardsAsked('take')).toEqual([MINE])
  })
})

describe('without a lease', () => {
  test('what is served is served on, and a shard that breaks waits until we are a member again', () => {
    const bench = alone().view({ mayTake: false, isOut: true })
    expect(bench.asked).toEqual([])
    bench.tell({ kind: 'lost', shard: MINE, cause: 'failed' })
    expect(bench.tickAt(60_000).shardsAsked('take')).toEqual([])

    expect(bench.view({ mayTake: false, isOut: false }).shardsAsked('take')).toEqual([MINE])
  })

  test('a zombie that joins again drops what others have taken and keeps the rest', () => {
    const bench = alone().view({ mayTake: false, isOut: true })
    bench.view({
      phase: 'joining',
      mayTake: false,
      members: [
        note(
          B,
          'serving',
          shardsOf(B).map(s => [s, 2]),
        ),
      ],
    })

    expect(bench.shardsAsked('drop')).toEqual(shardsOf(B))
    expect([...bench.state.held.keys()].toSorted((a, b) => a - b)).toEqual(shardsOf(A))
  })
})

describe('leaving', () => {
  test('everything is handed off; the lease goes once the last is claimed', () => {
    const bench = both().view({ phase: 'draining' }).tell({ kind: 'leave' })
    let owned: Owned = shardsOf(B).map(s => [s, 1])
    for (let rounds = 0; rounds < 10 && bench.state.held.size > 0; rounds++) {
      const shards = bench.shardsAsked('seal')
      bench.tell({ kind: 'drained', grants: shards.map(shard => ({ shard, epoch: 1 })) })
      expect(bench.take('resign')).toEqual([])
      owned = [...owned, ...shards.map((s): [ShardId, number] => [s, 2])]
      bench.view({ members: [note(B, 'serving', owned)] })
    }

    expect(bench.take('resign').length).toBe(1)
    expect(owned.length).toBe(SHARDS)
  })

  test('the last node only drains: nobody is there to take over', () => {
    const bench = alone().view({ phase: 'draining' }).tell({ kind: 'leave' })
    const shards = bench.shardsAsked('seal')
    expect(shards.length).toBe(SHARDS)
    bench.tell({ kind: 'drained', grants: shards.map(shard => ({ shard, epoch: 1 })) })

    expect(bench.asked.map(e => e.kind)).toContain('resign')
    expect(claimsOf(bench.state.held).released.size).toBe(0)
  })

  test('while a node joins it is waited for, for half the time; and a node that cannot hand off goes in the end', () => {
    const bench = alone()
      .view({ phase: 'draining', members: [note(B, 'joining')] })
      .tell({ kind: 'leave' })
    expect(bench.tickAt(LEAVE_MAX_MS / 2 - 1).shardsAsked('seal')).toEqual([])
    expect(bench.tickAt(bench.nowMs + 1 + ORPHAN_WAIT_MS).shardsAsked('seal').length).toBe(SHARDS)

    bench.tickAt(LEAVE_MAX_MS + ORPHAN_WAIT_MS)

    expect(bench.take('resign').length).toBe(1)
  })

  test('what the record gives to a node that goes is not opened', () => {
    const bench = new Bench().view({ phase: 'serving', members: [note(B, 'serving')] }).tickAt(ORPHAN_WAIT_MS)
    bench.tell({ kind: 'leave' }).granted(1)

    expect(bench.take('open')).toEqual([])
    expect(bench.take('resign').length).toBe(1)
  })
})

test('a tick at rest does nothing', () => {
  const bench = both()
  const before = bench.state

  expect(bench.tickAt(60_000).state).toBe(before)
})
