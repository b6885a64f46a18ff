/**
 * Where a gateway sends what is for a shard: to a worker of its own node, or over the bus to whoever serves it. What it
 * believes of epochs is a cache: a stale one is answered `moved`, and it learns.
 */
import type { Envelope } from '../actors/runtime/envelope.ts'
import type { Clock, IntakeItem } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import { envelopeFrame, envelopeTextFrame, type Frame, fixFrame } from './frames.ts'
import type { RemoteShards } from './remote-shards.ts'
import type { Threads } from './threads.ts'

/** The name of the only gateway of an embedded node. */
const ALONE = 'gateway'

export class ShardRoutes {
  readonly #clock: Clock
  readonly #epochs = new Map<ShardId, number>()
  #threads: Pick<Threads<never>, 'serves' | 'workerOf' | 'post' | 'postFix' | 'flush' | 'epochOf'> | null = null
  #remote: RemoteShards | null = null
  #flushArmed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The threads speak to the gateway and it to them: they are made after it. */
  attach<S>(threads: Threads<S>, remote: RemoteShards | null): void {
    this.#threads = threads
    this.#remote = remote
  }

  /** The name under which workers answer. */
  get gateway(): string {
    return this.#remote?.name ?? ALONE
  }

  isServedHere(shard: ShardId): boolean {
    return this.#threads?.serves(shard) ?? false
  }

  /** 0 where it is not known. */
  epochOf(shard: ShardId): number {
    return this.#threads?.epochOf(shard) || (this.#epochs.get(shard) ?? 0)
  }

  /** Epochs only rise: who tells of an earlier one is behind. */
  learn(shard: ShardId, epoch: number): void {
    if (epoch > (this.#epochs.get(shard) ?? 0)) this.#epochs.set(shard, epoch)
  }

  /** @returns `away` where nobody can be sent anything: nothing has happened. */
  send(shard: ShardId, envelope: Envelope): 'sent' | 'away' {
    if (this.isServedHere(shard)) this.#threads?.post(this.#threads.workerOf(shard), envelopeTextFrame(envelope))
    else if (!this.#sendAway(shard, envelopeFrame(envelope))) return 'away'
    this.#armFlush()
    return 'sent'
  }

  /** As `send`. */
  sendFix(item: IntakeItem): 'sent' | 'away' {
    const { shard } = item
    if (this.isServedHere(shard)) this.#threads?.postFix(this.#threads.workerOf(shard), this.gateway, item)
    else if (!this.#sendAway(shard, fixFrame(this.gateway, item))) return 'away'
    this.#armFlush()
    return 'sent'
  }

  /** @returns false where there is no way to others. */
  #sendAway(shard: ShardId, frame: Frame): boolean {
    if (!this.#remote?.isUp) return false
    this.#remote.toShard(shard, frame)
    return true
  }

  #armFlush(): void {
    if (this.#flushArmed) return
    this.#flushArmed = true
    this.#clock.after(0, () => {
      this.#flushArmed = false
      this.#threads?.flush()
      this.#remote?.flush()
    })
  }
}
