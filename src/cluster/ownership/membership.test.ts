import { describe, expect, test } from 'bun:test'
import type { MembershipEntry } from '../../actors/runtime/membership-port.ts'
import type { ShardId } from '../../domain/ids.ts'
import { noteText, parseLease, tombstoneText } from './lease-note.ts'
import {
  AWAY_MS,
  GRACE_MS,
  LEASE_TTL_MS,
  NODES_MAX,
  RENEW_EVERY_MS,
  RETRY_EVERY_MS,
  SUSPECT_AFTER_MS,
  TRY_EVERY_MS,
} from './limits.ts'
import type { MembershipEffect, MembershipMessage, OwnAnswer, OwnCall } from './membership.messages.ts'
import { evolve, newMembership, viewOf } from './membership.state.ts'
import { decide } from './membership.ts'
import { type LeaseNote, NO_CLAIMS, type NodeId } from './types.ts'

const A = 'a' as NodeId
const B = 'b' as NodeId

/** A decider with its state, and what it has asked since it was last looked at. */
class Bench {
  state = newMembership(A, 1, 'boot')
  nowMs = 0
  asked: MembershipEffect[] = []

  tell(message: MembershipMessage): this {
    const { events, effects } = decide(this.state, message, this.nowMs)
    this.state = events.reduce(evolve, this.state)
    this.asked.push(...effects)
    return this
  }

  tickAt(nowMs: number): this {
    this.nowMs = nowMs
    return this.tell({ kind: 'tick' })
  }

  /** Takes what was asked of our own key. */
  own(): OwnCall {
    const at = this.asked.findIndex(e => e.kind === 'own')
    const effect = this.asked.splice(at, 1)[0]
    if (effect?.kind !== 'own') throw new Error('nothing was asked of our own key')
    return effect.call
  }

  answer(answer: OwnAnswer): this {
    return this.tell({ kind: 'own', call: this.own(), answer })
  }

  kinds(): string[] {
    return this.asked.map(e => (e.kind === 'own' ? e.call.kind : e.kind))
  }

  /** Holds its lease, and answers every renewal and listing until then. */
  steadyUntil(nowMs: number, entries: readonly MembershipEntry[] = []): this {
    for (; this.nowMs < nowMs; this.tickAt(this.nowMs + 50)) this.answerAll(entries)
    this.answerAll(entries)
    return this
  }

  answerAll(entries: readonly MembershipEntry[] = []): this {
    while (this.asked.some(e => e.kind === 'own')) this.answer(written(1_000 + this.state.topRevision))
    if (this.asked.some(e => e.kind === 'list')) this.tell({ kind: 'listed', entries })
    this.asked = this.asked.filter(e => e.kind !== 'list')
    return this
  }
}

function written(revision: number): OwnAnswer {
  return { kind: 'write', write: { kind: 'written', revision } }
}

const TAKEN: OwnAnswer = { kind: 'write', write: { kind: 'taken' } }
const UNANSWERED: OwnAnswer = { kind: 'unanswered' }

function found(value: string | null, revision: number, key: NodeId = A): OwnAnswer {
  return { kind: 'entry', entry: { key, value, revision } }
}

function noteOf(node: NodeId, incarnation: string, phase: LeaseNote['phase'] = 'serving'): LeaseNote {
  return { node, incarnation, weight: 1, phase, claims: NO_CLAIMS }
}

function seen(node: NodeId, revision: number, incarnation = 'x.1'): MembershipMessage {
  return { kind: 'watched', entry: { key: node, revision, value: noteText(noteOf(node, incarnation)) } }
}

function joined(): Bench {
  return new Bench().tickAt(0).answer(written(10)).answerAll()
}

/** The grace time is over, and B was seen just then, at that revision. */
function serving(revision = 50): Bench {
  return joined()
    .steadyUntil(GRACE_MS + 50)
    .tell(seen(B, revision + 100_000))
    .answerAll()
}

describe('our lease', () => {
  test('is created, then renewed by updates at its last revision', () => {
    const bench = new Bench().tickAt(0)
    expect(bench.kinds()).toEqual(['create'])
    bench.answer(written(10)).answerAll()

    expect(bench.tickAt(RENEW_EVERY_MS - 1).kinds()).toEqual([])
    expect(bench.tickAt(RENEW_EVERY_MS).own()).toMatchObject({ kind: 'update', revision: 10 })
  })

  test('is renewed at once where our note has changed, after the call that is under way', () => {
    const bench = joined()
    const claims = { owned: new Map([[3 as ShardId, 4]]), released: new Map() }
    bench.tell({ kind: 'announce', claims })
    const first = bench.own()
    expect(first).toMatchObject({ kind: 'update', revision: 10 })
    expect(bench.tell({ kind: 'announce', claims: NO_CLAIMS }).kinds()).toEqual([])

    bench.tell({ kind: 'own', call: first, answer: written(11) })

    expect(bench.own()).toMatchObject({ kind: 'update', revision: 11 })
  })

  test('an update without an answer is tried again at the same revision', () => {
    const bench = joined().tickAt(RENEW_EVERY_MS).answer(UNANSWERED)
    expect(bench.tickAt(bench.nowMs + RETRY_EVERY_MS - 1).kinds()).not.toContain('update')

    expect(bench.tickAt(bench.nowMs + 1).own()).toMatchObject({ kind: 'update', revision: 10 })
  })

  test('whose update has landed unanswered goes on, once an update at what lies there succeeds', () => {
    const bench = joined().tickAt(RENEW_EVERY_MS).answer(TAKEN)
    expect(bench.own().kind).toBe('get')
    const call = { kind: 'get' } as const
    const doubting = bench.state.call
    expect(doubting).toEqual(call)

    bench.tell({ kind: 'own', call: doubting ?? call, answer: found(noteText(noteOf(A, 'boot.1')), 12) })
    expect(bench.state.lease.kind).toBe('none')
    bench.answer(written(13))

    expect(bench.state.lease).toEqual({ kind: 'held', revision: 13 })
    expect(bench.state.life).toBe(1)
  })

  test('that somebody found lapsed is lost: a new life over the tombstone, as a member that joins', () => {
    const bench = serving()
      .tickAt(GRACE_MS + RENEW_EVERY_MS * 2)
      .answer(TAKEN)
    bench.answer(found(tombstoneText({ node: A, by: B }), 900_000))
    const call = bench.own()

    expect(call).toMatchObject({ kind: 'update', revision: 900_000 })
    expect(parseLease(call.kind === 'update' ? call.value : '')).toMatchObject({
      note: { incarnation: 'boot.2', phase: 'joining' },
    })
    expect(viewOf(bench.state, bench.nowMs).isOut).toBe(true)
  })

  test('that nobody holds is created anew, and that another life holds is waited for', () => {
    for (const lying of [null, noteText(noteOf(A, 'older.1'))]) {
      const bench = new Bench().tickAt(0).answer(TAKEN).answer(found(lying, 7))
      expect(bench.kinds().filter(k => k !== 'trouble')).toEqual([])

      expect(bench.tickAt(RETRY_EVERY_MS).own().kind).toBe('create')
    }
  })

  test('an answer that comes after its call was given up on is not heard', () => {
    const bench = new Bench().tickAt(0)
    const first = bench.own()
    bench.tell({ kind: 'own', call: first, answer: UNANSWERED }).tickAt(RETRY_EVERY_MS)
    bench.own()

    bench.tell({ kind: 'own', call: first, answer: written(5) })

    expect(bench.state.lease.kind).toBe('none')
  })

  test('is checked at once where somebody has written our key', () => {
    const bench = joined()
    bench.tell({ kind: 'watched', entry: { key: A, revision: 11, value: tombstoneText({ node: A, by: B }) } })

    expect(bench.own()).toMatchObject({ kind: 'update', revision: 10 })
  })

  test('is given back by a deletion, once the call under way has ended, and is gone either way', () => {
    for (const answer of [written(30), TAKEN]) {
      const bench = joined().tell({ kind: 'drain' }).tell({ kind: 'resign' })
      bench.answer(written(20))
      expect(bench.own()).toEqual({ kind: 'delete', revision: 20 })
      bench.tell({ kind: 'own', call: bench.state.call ?? { kind: 'get' }, answer })

      expect(bench.state.leaving).toBe('resigned')
      expect(
        bench
          .tickAt(60_000)
          .kinds()
          .filter(k => k !== 'list'),
      ).toEqual([])
    }
  })
})

describe('the grace time', () => {
  test('passes after joining, and only then are we given anything', () => {
    const bench = joined().steadyUntil(GRACE_MS - 50)
    expect(viewOf(bench.state, bench.nowMs)).toMatchObject({ mayTake: false, phase: 'joining' })

    bench.steadyUntil(GRACE_MS)

    expect(viewOf(bench.state, bench.nowMs)).toMatchObject({ mayTake: true, phase: 'filling' })
    expect(viewOf(bench.tell({ kind: 'filled' }).state, bench.nowMs).phase).toBe('serving')
  })

  test('begins anew when the bucket answers after it was away for long, and not after a short silence', () => {
    for (const [silenceMs, may] of [
      [AWAY_MS, true],
      [AWAY_MS + 1, false],
    ] as const) {
      const bench = serving()
      bench.tickAt(bench.state.answeredAtMs + silenceMs).answerAll()

      expect(viewOf(bench.state, bench.nowMs).mayTake).toBe(may)
    }
  })

  test('without an answer for long nothing may be taken, though nobody has told us that the lease is lost', () => {
    const bench = serving()
    bench.tickAt(bench.nowMs + AWAY_MS + 1)

    expect(viewOf(bench.state, bench.nowMs)).toMatchObject({ mayTake: false, isOut: false })
  })

  test('lasts until the others were listed since', () => {
    const bench = new Bench().tickAt(0).answer(written(10))
    expect(bench.kinds()).toContain('list')
    for (; bench.nowMs < GRACE_MS * 2; bench.tickAt(bench.nowMs + 50)) {
      while (bench.asked.some(e => e.kind === 'own')) bench.answer(written(1_000 + bench.state.topRevision))
      if (bench.asked.some(e => e.kind === 'list')) bench.tell({ kind: 'listed', entries: null })
      bench.asked = []
    }
    expect(viewOf(bench.state, bench.nowMs).mayTake).toBe(false)
  })
})

describe('the others', () => {
  const aliveIn = (bench: Bench) => viewOf(bench.state, bench.nowMs).members.map(m => m.node)

  test('silence alone buries nobody: their key is tried, again and again, until a create succeeds', () => {
    const bench = serving()
    const sinceMs = bench.nowMs
    bench.steadyUntil(sinceMs + SUSPECT_AFTER_MS - 50)
    expect(bench.kinds()).toEqual([])
    bench.steadyUntil(sinceMs + SUSPECT_AFTER_MS)
    expect(bench.kinds()).toEqual(['try'])
    bench.asked = []
    bench.tell({ kind: 'tried', node: B, write: { kind: 'taken' } }).tell({ kind: 'tried', node: B, write: null })
    expect(aliveIn(bench)).toEqual([B])

    bench.steadyUntil(sinceMs + SUSPECT_AFTER_MS + TRY_EVERY_MS)
    expect(bench.kinds()).toEqual(['try'])
    bench.tell({ kind: 'tried', node: B, write: { kind: 'written', revision: 900_000 } })

    expect(aliveIn(bench)).toEqual([])
    expect(viewOf(bench.state, bench.nowMs).dead.map(m => m.node)).toEqual([B])
  })

  test('nobody is tried in the grace time', () => {
    const bench = joined().tell(seen(B, 900_000))
    bench.steadyUntil(SUSPECT_AFTER_MS)
    bench.tickAt(bench.nowMs + AWAY_MS + 100).answerAll()
    const untilMs = bench.nowMs + GRACE_MS
    bench.asked = []

    expect(bench.steadyUntil(untilMs - 50).kinds()).toEqual([])
    expect(bench.steadyUntil(untilMs).kinds()).toEqual(['try'])
  })

  test('a tombstone that another node left counts, until the dead one has a newer lease', () => {
    const bench = serving()
    const text = tombstoneText({ node: B, by: 'c' as NodeId })
    bench.tell({ kind: 'watched', entry: { key: B, revision: 900_000, value: text } })
    expect(aliveIn(bench)).toEqual([])

    expect(aliveIn(bench.tell(seen(B, 899_999)))).toEqual([])
    expect(aliveIn(bench.tell(seen(B, 900_001, 'x.2')))).toEqual([B])
    expect(viewOf(bench.state, bench.nowMs).dead).toEqual([])
  })

  test('our own tombstone does not bury whoever has written over it before we heard that it landed', () => {
    const bench = serving().tell(seen(B, 900_001, 'x.2'))
    bench.tell({ kind: 'tried', node: B, write: { kind: 'written', revision: 900_000 } })

    expect(aliveIn(bench)).toEqual([B])
  })

  test('one that gives its lease back is gone, and not dead', () => {
    const bench = serving()
    bench.tell({ kind: 'watched', entry: { key: B, revision: 900_000, value: null } })

    expect(viewOf(bench.state, bench.nowMs)).toMatchObject({ members: [], dead: [] })
  })

  test('one that is missing from a listing is still there', () => {
    const bench = serving()
    bench.tell({ kind: 'listed', entries: [] })

    expect(aliveIn(bench)).toEqual([B])
  })

  test('a bucket that has lost everything is noticed by our own next revision, and what it holds now is believed', () => {
    const bench = serving()
    bench
      .tickAt(bench.nowMs + RENEW_EVERY_MS)
      .answer(TAKEN)
      .answer(found(null, 0))
    bench.tickAt(bench.nowMs + RETRY_EVERY_MS).answer(written(1))
    bench.tell(seen(B, 2, 'x.2'))

    expect(viewOf(bench.state, bench.nowMs).members.map(m => m.incarnation)).toEqual(['x.2'])
  })

  test('strange keys are told of and kept out, and their number is bounded', () => {
    const bench = serving()
    for (const [key, value] of [
      ['c', 'rubbish'],
      ['c', noteText(noteOf(B, 'x.1'))],
    ] as const) {
      bench.asked = []
      bench.tell({ kind: 'watched', entry: { key, revision: 900_000, value } })
      expect(bench.kinds()).toEqual(['trouble'])
    }
    for (let i = 0; i < NODES_MAX + 10; i++) bench.tell(seen(`n${i}` as NodeId, 900_001 + i))

    expect(aliveIn(bench).length).toBe(NODES_MAX)
  })
})

test('the lease of a live node outlasts a bucket that was away for just less than what begins a grace time', () => {
  // Renewed a whole period and a tick before, and tried again a call, a rest and a tick after.
  expect(RENEW_EVERY_MS + 100 + AWAY_MS + 400 + RETRY_EVERY_MS + 100).toBeLessThan(LEASE_TTL_MS)
})
