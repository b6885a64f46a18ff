import type { ShardId, UnixMs, ZoneId } from '../../domain/ids.ts'
import type { Guard } from '../../domain/position-guard.ts'
import type { InsideFence, TrackedFence } from '../../domain/zones/fence-track.ts'
import type { Surroundings } from '../../domain/zones/zone-index.ts'
import type { AnyActorKind } from './actor.ts'
import type { Address, Envelope } from './envelope.ts'
import { Mailbox } from './mailbox.ts'
import type { IntakeItem } from './ports.ts'
import type { Effect } from './turn.ts'

/**
 * - `loading`: the record is being read; messages wait.
 * - `ready`: takes turns.
 * - `committing`: its last turn is with the record. One at a time: what it would tell anybody meanwhile waits behind
 *   that commit anyway, so nothing is gained by running ahead, and nothing has to be unwound but this one turn.
 * - `leaving`: as `committing`, and the turn takes the driver to another shard: its positions wait, too, and come along.
 * - `gone`: no longer here.
 */
export type SlotPhase = 'loading' | 'ready' | 'committing' | 'leaving' | 'gone'

/** A position that waits until its driver is loaded, or has moved. */
export interface WaitingFix {
  readonly gateway: string
  readonly item: IntakeItem
}

/** What is watched of one driver's geofences: see `fence-lane.ts`. */
export interface FenceWatching {
  around: Surroundings | null
  inside: readonly TrackedFence[]
  /** What the actor knew when `inside` was last taken from it. */
  known: readonly InsideFence[] | null
  /** Fences that it could not be entered into, and that were counted. */
  refused: ReadonlySet<ZoneId>
  isFirst: boolean
}

/** One actor in memory. */
export class Slot {
  readonly kind: AnyActorKind
  readonly id: string
  readonly shard: ShardId
  readonly mailbox = new Mailbox()
  state: unknown
  phase: SlotPhase
  queued = false
  /** Load with `create`: a driver seen for the first time. */
  create = false
  /** An order whose placing has come: it is taken for new, and was not looked for in the record. */
  assumedNew = false
  /** Turns in a row that the record found outdated, or did not answer. */
  retries = 0
  timers: Map<string, UnixMs> | null = null
  /** Drivers only: what positions have been let in so far, and those that wait for the record. */
  guard: Guard | null = null
  waitingFixes: WaitingFix[] = []
  /** Drivers only: which geofences its fixes were in. Null: none was looked at since it is here. */
  fences: FenceWatching | null = null

  constructor(kind: AnyActorKind, id: string, shard: ShardId, phase: SlotPhase) {
    this.kind = kind
    this.id = id
    this.shard = shard
    this.phase = phase
    this.state = kind.initial(id)
  }

  get address(): Address {
    return { kind: this.kind.name, id: this.id, shard: this.shard }
  }
}

/** A turn with the record: what is told if it is taken, and what is gone back to if it is not. */
export interface PendingTurn {
  readonly slot: Slot
  readonly envelope: Envelope
  readonly before: unknown
  readonly effects: readonly Effect[]
}
