/** The ownership logic of one simulated node, wired to its hosts: what it decides is done here, what they lose it is told. */
import type { Membership } from '../actors/runtime/membership-port.ts'
import type { Journal } from '../actors/runtime/ports.ts'
import { OwnershipDriver } from '../cluster/ownership/ownership-driver.ts'
import { parseNodeId } from '../cluster/ownership/types.ts'
import type { ShardId } from '../domain/ids.ts'
import type { Machine } from './clocks.ts'
import type { SimNode } from './node.ts'
import type { Trace } from './trace.ts'

const DRAIN_LOOK_EVERY_MS = 5

export interface KeeperParts {
  readonly node: SimNode
  /** Different for each life of the node. */
  readonly boot: string
  readonly shards: number
  readonly clock: Machine
  readonly membership: Membership
  readonly journal: Journal
  readonly trace: Trace
  readonly onSealed: (shards: readonly ShardId[]) => void
  readonly onError: (error: unknown) => void
}

export class Keeper {
  readonly #parts: KeeperParts
  readonly #driver: OwnershipDriver
  #isStopped = false

  constructor(parts: KeeperParts) {
    const { node, boot, shards, clock, membership, journal, trace, onSealed, onError } = parts
    const id = parseNodeId(node.name)
    if (!id) throw new Error(`${node.name} cannot be a node's name`)
    this.#parts = parts
    this.#driver = new OwnershipDriver({
      node: id,
      boot,
      shards,
      clock,
      membership,
      journal,
      hooks: {
        open: grants => {
          trace.note(() => `${id} opens ${grants.map(g => `${g.shard}@${g.epoch}`).join(' ')}`)
          return node.open(grants)
        },
        // A host that does not serve a shard refuses what comes for it, and settles what it had taken in.
        seal: sealed => {
          trace.note(() => `${id} seals ${sealed.join(' ')}`)
          onSealed(sealed)
          node.drop(sealed)
        },
        drained: sealed => this.#drained(sealed),
        drop: dropped => {
          trace.note(() => `${id} drops ${dropped.join(' ')}`)
          node.drop(dropped)
        },
      },
      onTrouble: sentence => trace.note(() => `${id}: ${sentence}`),
      onError,
    })
  }

  async #drained(shards: readonly ShardId[]): Promise<void> {
    while (!this.#isStopped && !shards.every(shard => this.#parts.node.hostOf(shard)?.isIdle)) {
      await new Promise<void>(resolve => this.#parts.clock.after(DRAIN_LOOK_EVERY_MS, resolve))
    }
  }

  start(): void {
    this.#driver.start()
  }

  lost(shard: ShardId, cause: 'fenced' | 'failed'): void {
    this.#driver.shardLost(shard, cause)
  }

  /** Hands everything off. @returns when that is done, or given up. */
  leave(): Promise<void> {
    return this.#driver.leave()
  }

  stop(): void {
    this.#isStopped = true
    this.#driver.stop()
  }
}
