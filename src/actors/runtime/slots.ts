/** The actors of one thread: who is here, at which epochs their shards are served, and whose turn it is. */
import type { ShardId } from '../../domain/ids.ts'
import type { ActorKinds } from './actor.ts'
import type { ActorKindName } from './envelope.ts'
import { Slot } from './slot.ts'
import { clearTimers } from './timers.ts'

export class Slots {
  readonly #kinds: ActorKinds
  readonly #byKind: Readonly<Record<ActorKindName, Map<string, Slot>>> = {
    driver: new Map(),
    order: new Map(),
    matching: new Map(),
    pricing: new Map(),
  }
  readonly #epochs = new Map<ShardId, number>()
  readonly #onReady: () => void
  readonly #onBehind: () => void
  readonly #watchingGone = new Set<Set<string>>()
  #ready: Slot[] = []

  /**
   * @param onReady  some actor has something to do.
   * @param onBehind  something waits behind a turn that is not committed yet, and it is no position, of which a later one may come.
   */
  constructor(kinds: ActorKinds, onReady: () => void, onBehind: () => void) {
    this.#kinds = kinds
    this.#onReady = onReady
    this.#onBehind = onBehind
  }

  // ---------------------------------------------------------------- shards

  serve(shard: ShardId, epoch: number): void {
    this.#epochs.set(shard, epoch)
  }

  serves(shard: ShardId): boolean {
    return this.#epochs.has(shard)
  }

  epochOf(shard: ShardId): number | undefined {
    return this.#epochs.get(shard)
  }

  get shards(): ShardId[] {
    return [...this.#epochs.keys()]
  }

  /** Serves the shard no more. @param leaves  told of each of its actors, before it is gone. */
  forget(shard: ShardId, leaves: (slot: Slot) => void): void {
    // Whoever is here is on a shard that is served.
    if (!this.#epochs.delete(shard)) return
    for (const slot of [...this.all()].filter(slot => slot.shard === shard)) {
      leaves(slot)
      this.remove(slot)
    }
  }

  // ---------------------------------------------------------------- actors

  find(kind: ActorKindName, id: string): Slot | undefined {
    return this.#byKind[kind].get(id)
  }

  add(kind: ActorKindName, id: string, shard: ShardId, phase: 'loading' | 'ready'): Slot {
    const slot = new Slot(this.#kinds[kind], id, shard, phase)
    this.#byKind[kind].set(id, slot)
    return slot
  }

  remove(slot: Slot): void {
    slot.phase = 'gone'
    clearTimers(slot)
    slot.state = null
    slot.guard = null
    this.#byKind[slot.kind.name].delete(slot.id)
    for (const gone of this.#watchingGone) gone.add(slot.id)
  }

  /** @returns those who have left since, growing until `unwatchGone`. */
  watchGone(): Set<string> {
    const gone = new Set<string>()
    this.#watchingGone.add(gone)
    return gone
  }

  unwatchGone(gone: Set<string>): void {
    this.#watchingGone.delete(gone)
  }

  *all(): Iterable<Slot> {
    for (const slots of Object.values(this.#byKind)) yield* slots.values()
  }

  /** What waits for the actors: in all, and for the one that most waits for. Walks along all of them. */
  waiting(): { readonly messages: number; readonly deepest: number } {
    let messages = 0
    let deepest = 0
    for (const { mailSize } of this.all()) {
      messages += mailSize
      if (mailSize > deepest) deepest = mailSize
    }
    return { messages, deepest }
  }

  count(kind: ActorKindName): number {
    return this.#byKind[kind].size
  }

  // ---------------------------------------------------------------- turns

  /** The actor takes its turns in the next round, if it can take any. */
  enqueue(slot: Slot): void {
    if (slot.phase === 'committing' && slot.hasMail && !slot.mailbox.hasNoQueue) this.#onBehind()
    if (slot.queued || slot.phase !== 'ready' || !slot.hasMail) return
    slot.queued = true
    this.#ready.push(slot)
    this.#onReady()
  }

  /** Everyone whose turn it is; whoever becomes ready meanwhile comes in the next round. */
  takeReady(): readonly Slot[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }
}
