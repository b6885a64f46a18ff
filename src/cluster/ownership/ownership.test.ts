import { describe, expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import {
  AVOID_MS,
  DRAIN_MAX_MS,
  FILL_MIN_MS,
  LEAVE_MAX_MS,
  MOVES_MAX,
  OPEN_MAX_MS,
  ORPHAN_WAIT_MS,
  RELEASE_AGAIN_MAX_MS,
  RELEASE_MAX_MS,
  RETAKE_AFTER_MS,
  TAKE_RETRY_MS,
} from './limits.ts'
import type { OwnershipEffect, OwnershipMessage } from './ownership.messages.ts'
import { claimsOf, evolve, newOwnership, type OwnershipState } from './ownership.state.ts'
import { decide } from './ownership.ts'
import { homesOf } from './rendezvous.ts'
import { ownersOf } from './standing.ts'
import type { ClusterView, LeaseNote, NodeId, NodePhase, Release } from './types.ts'

const A = 'a' as NodeId
const B = 'b' as NodeId
const SHARDS = 40

/** Those that are at home at A and at B while both are there. */
const HOMES = homesOf(
  [A, B].map(node => ({ node, weight: 1 })),
  SHARDS,
)
const shardsOf = (node: NodeId) => HOMES.flatMap((home, shard) => (home.node === node ? [shard as ShardId] : []))
const toBeGivenB = HOMES.flatMap((home, shard) => (home.node === B && home.isFirstChoice ? [shard as ShardId] : []))
const [MINE = 0 as ShardId] = shardsOf(A)

type Owned = readonly (readonly [ShardId, number])[]
type Released = readonly (readonly [ShardId, Release])[]

function note(node: NodeId, phase: NodePhase, owned: Owned = [], released: Released = []): LeaseNote {
  return { node, incarnation: 'x.1', weight: 1, phase, claims: { owned: new Map(owned), released: new Map(released) } }
}

function all(epoch: number): Owned {
  return Array.from({ length: SHARDS }, (_, shard) => [shard as ShardId, epoch])
}

/** Node A, and what it has asked since it was last looked at. */
class Bench {
  state: OwnershipState = newOwnership(A, 1, SHARDS)
  nowMs = 0
  asked: OwnershipEffect[] = []

  tell(message: OwnershipMessage): this {
    const { events, effects } = decide(this.state, message, this.nowMs)
    this.state = events.reduce(evolve, this.state)
    this.asked.push(...effects)
    return this
  }

  view(view: Partial<ClusterView>): this {
    const { view: before } = this.state
    return this.tell({ kind: 'view', view: { ...before, mayTake: true, isOut: false, ...view } })
  }

  tickAt(nowMs: number): this {
    this.nowMs = nowMs
    return this.tell({ kind: 'tick' })
  }

  /** Everything that was asked of the record is given, at that epoch, and opened. */
  granted(epoch: number): this {
    for (const shards of this.take('take').map(e => e.shards)) {
      const grants = shards.map(shard => ({ shard, epoch }))
      this.tell({ kind: 'taken', grants }).tell({ kind: 'opened', grants })
    }
    return this
  }

  take<K extends OwnershipEffect['kind']>(kind: K): (OwnershipEffect & { kind: K })[] {
    const taken = this.asked.filter((e): e is OwnershipEffect & { kind: K } => e.kind === kind)
    this.asked = this.asked.filter(e => e.kind !== kind)
    return taken
  }

  shardsAsked(kind: 'take' | 'drop' | 'seal'): ShardId[] {
    const shards =
      kind === 'seal'
        ? this.take('seal').flatMap(e => e.grants.map(g => g.shard))
        : this.take(kind).flatMap(e => e.shards)
    return shards.toSorted((a, b) => a - b)
  }

  phaseOf(shard: ShardId) {
    return this.state.held.get(shard)?.phase
  }
}

/** A alone, with everything at epoch 1. */
function alone(): Bench {
  const bench = new Bench().view({ phase: 'serving' }).tickAt(ORPHAN_WAIT_MS).granted(1)
  bench.asked = []
  return bench
}

/** A and B, each with what is at home there, A's at epoch 1. */
function both(): Bench {
  const owned: Owned = shardsOf(B).map(shard => [shard, 1])
  const bench = new Bench().view({ phase: 'serving', members: [note(B, 'serving', owned)] })
  bench.tickAt(ORPHAN_WAIT_MS).granted(1)
  bench.asked = []
  return bench
}

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
