/**
 * Looks at every admitted fix for what it crosses, at the full rate of ingest: before the mailbox, where of a driver's fixes
 * only the latest waits. What it finds goes into the mailbox as a message that is never shed; the driver's actor
 * commits it, and its row says which fences it is in.
 *
 * What can go wrong is that a crossing was seen here and is never committed: its thread dies, its shard goes elsewhere, its
 * commit is refused for good. So what the actor knows is what counts: whenever nothing waits for it, the next fix is compared
 * with that and not with what was told before. A crossing that was lost is seen again with the next fix, as long as it is
 * still true. And the actor takes none that it knows already, so one that comes twice is told once.
 */
import type { ZoneId } from '../../domain/ids.ts'
import {
  type Crossing,
  type FenceFix,
  type InsideFence,
  isQuiet,
  isTooVague,
  step,
  type TrackedFence,
} from '../../domain/zones/fence-track.ts'
import { contains } from '../../domain/zones/shape.ts'
import type { Surroundings } from '../../domain/zones/zone-index.ts'
import type { Message } from './envelope.ts'
import type { FixRow } from './ports.ts'
import type { Slot } from './slot.ts'
import type { ZoneWatch } from './zone-watch.ts'

/** What a fix has crossed. */
export interface FencesCrossed extends Message {
  readonly kind: typeof CROSSED
  readonly crossings: readonly Crossing[]
  /** By the first fix since the driver is in this memory: it may have happened before, while nobody looked. */
  readonly recovered?: true
}

export const CROSSED = 'driver.fences'

export type DropReason = 'too_many' | 'shard_lost' | 'not_stored'

export interface FenceFigures {
  readonly zones: number
  /** The number of the last change of zones that is known. */
  readonly change: number
  /** Fixes that were looked at · too inaccurate to say anything · come before the zones were known. */
  readonly looked: number
  readonly vague: number
  readonly unlooked: number
  readonly crossed: Readonly<Record<Crossing['kind'], number>>
  readonly dropped: Readonly<Record<DropReason, number>>
}

export interface Seen {
  /** There are service areas, and it is in none. */
  readonly isOutside: boolean
  readonly crossings: FencesCrossed | null
}

const NOTHING: Seen = { isOutside: false, crossings: null }
const OUTSIDE: Seen = { isOutside: true, crossings: null }
const NONE: ReadonlySet<ZoneId> = new Set()

/** What is watched of one driver's geofences. */
interface FenceWatching {
  around: Surroundings | null
  inside: readonly TrackedFence[]
  /** What the actor knew when `inside` was last taken from it. */
  known: readonly InsideFence[] | null
  /** Fences that it could not be entered into, and that were counted. */
  refused: ReadonlySet<ZoneId>
  isFirst: boolean
}

export class FenceLane {
  readonly #zones: ZoneWatch
  /** Beside the slots: most deployments have no fences, and each field of a slot counts a million times. */
  readonly #watched = new WeakMap<Slot, FenceWatching>()
  readonly #crossed = { entered: 0, left: 0, dwelled: 0 }
  readonly #dropped = { too_many: 0, shard_lost: 0, not_stored: 0 }
  #looked = 0
  #vague = 0
  #unlooked = 0

  constructor(zones: ZoneWatch) {
    this.#zones = zones
  }

  get figures(): FenceFigures {
    return {
      zones: this.#zones.index.size,
      change: this.#zones.change,
      looked: this.#looked,
      vague: this.#vague,
      unlooked: this.#unlooked,
      crossed: { ...this.#crossed },
      dropped: { ...this.#dropped },
    }
  }

  dropped(reason: DropReason, count: number): void {
    this.#dropped[reason] += count
  }

  /** Called for every admitted fix that is its driver's newest. */
  look(slot: Slot, row: FixRow): Seen {
    const { index, isLoaded } = this.#zones
    if (!isLoaded) {
      this.#unlooked++
      return NOTHING
    }
    this.#looked++
    const known = slot.kind.fencesOf?.(slot.state) ?? []
    if (index.size === 0 && known.length === 0 && !this.#watched.has(slot)) return NOTHING
    const watching = this.#watching(slot, known)
    const around = index.around(row, watching.around)
    watching.around = around
    const isOutside = index.count('service_area') > 0 && !isServed(around, row)
    const crossings = isQuiet(watching.inside, around) ? null : this.#cross(watching, around, row)
    watching.isFirst = false
    if (crossings === null) return isOutside ? OUTSIDE : NOTHING
    return { isOutside, crossings }
  }

  #watching(slot: Slot, known: readonly InsideFence[]): FenceWatching {
    const watching = this.#watched.get(slot) ?? { around: null, inside: [], known: null, refused: NONE, isFirst: true }
    if (watching.isFirst) this.#watched.set(slot, watching)
    // While something waits for the actor it does not know yet what was seen last.
    if (watching.known !== known && (!slot.hasMail || slot.mailbox.hasNoQueue)) {
      watching.inside = known.map(fence => tracked(fence, watching.inside))
      watching.known = known
    }
    return watching
  }

  #cross(watching: FenceWatching, around: Surroundings, row: FixRow): FencesCrossed | null {
    const { latitude, longitude, accuracy, recordedAtMs } = row
    const fix: FenceFix = { latitude, longitude, accuracy, recordedAtMs }
    if (isTooVague(fix)) {
      this.#vague++
      return null
    }
    const { index } = this.#zones
    const { inside, crossings, refused } = step(watching.inside, fix, around, zoneId => index.get(zoneId))
    watching.inside = inside
    this.#refuse(watching, refused)
    if (crossings.length === 0) return null
    // Not what the actor knows: taken from it again once it has had this.
    watching.known = null
    for (const { kind } of crossings) this.#crossed[kind]++
    return { kind: CROSSED, crossings, ...(watching.isFirst ? { recovered: true } : {}) }
  }

  /** Counted when it is first refused, not with each fix in the same fence. */
  #refuse(watching: FenceWatching, refused: readonly ZoneId[]): void {
    if (refused.length === 0 && watching.refused.size === 0) return
    this.#dropped.too_many += refused.filter(zoneId => !watching.refused.has(zoneId)).length
    watching.refused = new Set(refused)
  }
}

function tracked(fence: InsideFence, before: readonly TrackedFence[]): TrackedFence {
  const outsideSinceMs = before.find(({ zoneId }) => zoneId === fence.zoneId)?.outsideSinceMs ?? null
  return { ...fence, outsideSinceMs }
}

function isServed({ inner, edge }: Surroundings, row: FixRow): boolean {
  return (
    inner.some(zone => zone.kind === 'service_area') ||
    edge.some(zone => zone.kind === 'service_area' && contains(zone.shape, row))
  )
}
