/**
 * Runs the two deciders of one node: gives them the time, the answers of the bucket and the record, and carries out what they
 * ask. Knows neither NATS nor Postgres nor threads.
 *
 * One message at a time, each to its end: what a hook says while it is called waits in line. Calls to the
 * record and the hooks are bounded by those who implement them: each settles, be it with an error.
 */

import { invariant, StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { Membership } from '../../actors/runtime/membership-port.ts'
import type { Cancel, Clock, Journal } from '../../actors/runtime/ports.ts'
import type { ShardId } from '../../domain/ids.ts'
import { HandOffTimes } from './hand-off-times.ts'
import { LeaseCalls } from './lease-calls.ts'
import { CALL_MAX_MS, LEAVE_MAX_MS, TICK_EVERY_MS } from './limits.ts'
import type { MembershipMessage } from './membership.messages.ts'
import { evolve as evolveLease, type MembershipState, newMembership, noteOf, viewOf } from './membership.state.ts'
import * as lease from './membership.ts'
import { monotonic } from './monotonic.ts'
import type { OwnershipEffect, OwnershipMessage } from './ownership.messages.ts'
import { effectiveOf, evolve as evolveShards, newOwnership, type OwnershipState } from './ownership.state.ts'
import * as shards from './ownership.ts'
import { newsOf } from './ownership-news.ts'
import type { OwnershipStatus } from './ownership-status.ts'
import type { ClusterView, NodeId } from './types.ts'

/** What a node does with its shards. Each may be asked again for what is done already. */
export interface OwnershipHooks {
  /** Load and serve them, at these epochs, whatever of them was served before. Rejects where they cannot be loaded now. */
  open(grants: readonly ShardGrant[]): Promise<void>
  /** From now on answer whatever comes for them with `moved`; what was taken in goes on to its end. */
  seal(shards: readonly ShardId[]): void
  /** Resolves when all that the sealed shards had under way is committed and answered. */
  drained(shards: readonly ShardId[]): Promise<void>
  /** Serve them no more, and forget them. */
  drop(shards: readonly ShardId[]): void
}

export interface OwnershipDriverParts {
  readonly node: NodeId
  /** Different for each start of the program: 1–48 of `A-Za-z0-9_-`. */
  readonly boot: string
  /** 1 unless told: the node's part of the shards against those of the others. */
  readonly weight?: number
  readonly shards: number
  readonly clock: Clock
  readonly membership: Membership
  readonly journal: Pick<Journal, 'takeShards'>
  readonly hooks: OwnershipHooks
  /** Who is a member, whenever that may have changed. */
  readonly onMembers?: (nodes: readonly NodeId[]) => void
  /** What an operator should read. */
  readonly onTrouble: (sentence: string) => void
  /** An error that no outcome of a port names: a bug, not weather. */
  readonly onError: (error: unknown) => void
}

type Work =
  | { readonly of: 'lease'; readonly message: MembershipMessage }
  | { readonly of: 'shards'; readonly message: OwnershipMessage }

export class OwnershipDriver {
  readonly #parts: OwnershipDriverParts
  readonly #nowMs: () => number
  readonly #left = Promise.withResolvers<void>()
  readonly #calls: LeaseCalls
  /** Since the start; once this node leaves, of its leaving alone. */
  #handOffs = new HandOffTimes()
  #lease: MembershipState
  #shards: OwnershipState
  /** What the decider of shards was told last. */
  #viewed: { readonly state: MembershipState; readonly view: ClusterView } | null = null
  #work: Work[] = []
  #isWorking = false
  #isStopped = false
  #unwatch: Cancel = () => {}
  /** What the operator was told of last. */
  #told: { readonly lease: MembershipState; readonly shards: OwnershipState; readonly status: OwnershipStatus } | null =
    null

  constructor(parts: OwnershipDriverParts) {
    const { node, boot, weight = 1, clock } = parts
    this.#parts = parts
    this.#nowMs = monotonic(clock)
    this.#calls = new LeaseCalls(parts, message => this.#lead(message))
    this.#lease = newMembership(node, weight, boot)
    this.#shards = newOwnership(node, weight, parts.shards)
  }

  start(): void {
    this.#unwatch = this.#parts.membership.watch(entry => this.#lead({ kind: 'watched', entry }))
    this.#tick()
  }

  /** The host has stopped serving it by itself. `failed`: it broke, and is taken anew. */
  shardLost(shard: ShardId, cause: 'fenced' | 'failed'): void {
    this.#own({ kind: 'lost', shard, cause })
  }

  /** Hands everything off, gives the lease back and stops. @returns when that is done, or soon after `LEAVE_MAX_MS` anyway. */
  leave(): Promise<void> {
    this.#handOffs = new HandOffTimes()
    // Longer by a last call than what the decider waits for.
    this.#parts.clock.after(LEAVE_MAX_MS + CALL_MAX_MS, () => this.stop())
    this.#lead({ kind: 'drain' })
    this.#own({ kind: 'leave' })
    return this.#left.promise
  }

  /** At once: nothing is handed off, and the lease lapses. */
  stop(): void {
    this.#isStopped = true
    this.#work = []
    this.#unwatch()
    this.#left.resolve()
  }

  get status(): OwnershipStatus {
    const serving = [...this.#shards.held].flatMap(([shard, holding]) =>
      holding.phase === 'serving' ? [{ shard, epoch: holding.epoch }] : [],
    )
    return {
      self: noteOf(this.#lease),
      hasLease: this.#lease.lease.kind === 'held',
      leaseAgeMs: Number.isFinite(this.#lease.renewedAtMs) ? this.#nowMs() - this.#lease.renewedAtMs : null,
      members: [...this.#lease.members.values()].map(m => m.note),
      lapsed: [...this.#lease.dead.keys()],
      owners: [...effectiveOf(this.#shards).values()],
      serving,
      handOffs: this.#handOffs.figures,
    }
  }

  // ---------------------------------------------------------------- turns

  #tick(): void {
    if (this.#isStopped) return
    this.#lead({ kind: 'tick' })
    this.#own({ kind: 'tick' })
    this.#tellNews()
    this.#parts.clock.after(TICK_EVERY_MS, () => this.#tick())
  }

  #tellNews(): void {
    const told = this.#told
    if (told?.lease === this.#lease && told.shards === this.#shards) return
    const { status } = this
    for (const sentence of told === null ? [] : newsOf(told.status, status)) this.#parts.onTrouble(sentence)
    this.#told = { lease: this.#lease, shards: this.#shards, status }
  }

  #lead(message: MembershipMessage): void {
    this.#enqueue({ of: 'lease', message })
  }

  #own(message: OwnershipMessage): void {
    this.#enqueue({ of: 'shards', message })
  }

  #enqueue(work: Work): void {
    if (this.#isStopped) return
    this.#work.push(work)
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      for (let next = this.#work.shift(); next; next = this.#work.shift()) this.#take(next)
    } finally {
      this.#isWorking = false
    }
  }

  #take(work: Work): void {
    if (work.of === 'lease') {
      const { events, effects } = lease.decide(this.#lease, work.message, this.#nowMs())
      this.#lease = events.reduce(evolveLease, this.#lease)
      for (const effect of effects) this.#calls.perform(effect)
      this.#showView()
      if (this.#lease.leaving === 'resigned') this.stop()
    } else {
      const { events, effects } = shards.decide(this.#shards, work.message, this.#nowMs())
      this.#shards = events.reduce(evolveShards, this.#shards)
      for (const effect of effects) this.#performShards(effect)
    }
  }

  /** Only where it has changed: a renewal that says nothing new makes nobody think. */
  #showView(): void {
    const state = this.#lease
    const view = viewOf(state, this.#nowMs())
    const { state: then, view: last } = this.#viewed ?? {}
    const isSame =
      then?.members === state.members &&
      then.dead === state.dead &&
      last?.mayTake === view.mayTake &&
      last.isOut === view.isOut &&
      last.phase === view.phase
    if (isSame) return
    this.#viewed = { state, view }
    this.#handOffs.heard(view.members, this.#nowMs())
    if (then?.members !== state.members) this.#parts.onMembers?.([...state.members.keys()])
    this.#own({ kind: 'view', view })
  }

  // ---------------------------------------------------------------- effects

  #performShards(effect: OwnershipEffect): void {
    const { hooks } = this.#parts
    switch (effect.kind) {
      case 'take':
        this.#takeShards(effect.shards).then(
          grants => this.#own({ kind: 'taken', grants }),
          error => {
            this.#weather(error)
            this.#own({ kind: 'take_failed', shards: effect.shards })
          },
        )
        break
      case 'open':
        this.#handOffs.ended(effect.grants.map(g => g.shard))
        hooks.open(effect.grants).then(
          () => this.#own({ kind: 'opened', grants: effect.grants }),
          error => {
            this.#weather(error)
            this.#own({ kind: 'open_failed', grants: effect.grants })
          },
        )
        break
      case 'seal':
        this.#seal(effect.grants)
        break
      case 'drop':
        hooks.drop(effect.shards)
        break
      case 'announce':
        this.#lead({ kind: 'announce', claims: effect.claims })
        break
      case 'filled':
        this.#lead({ kind: 'filled' })
        break
      case 'resign':
        this.#lead({ kind: 'resign' })
        break
    }
  }

  async #takeShards(taken: readonly ShardId[]): Promise<ShardGrant[]> {
    const epochs = await this.#parts.journal.takeShards(taken, this.#parts.node)
    return taken.map((shard, i) => {
      const epoch = epochs[i] ?? 0
      invariant(epoch > 0, `the record gave no epoch for shard ${shard}`)
      return { shard, epoch }
    })
  }

  #seal(grants: readonly ShardGrant[]): void {
    const { hooks, onError } = this.#parts
    const sealed = grants.map(g => g.shard)
    hooks.seal(sealed)
    this.#handOffs.sealed(grants, this.#nowMs())
    hooks.drained(sealed).then(
      () => this.#own({ kind: 'drained', grants }),
      // Its deadline releases them.
      error => onError(error),
    )
  }

  #weather(error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#parts.onError(error)
  }
}
