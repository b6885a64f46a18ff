/**
 * The keeper of a node among others: what `ownership` decides is done to the threads, and what the threads lose it is told.
 */
import type { Membership } from '../actors/runtime/membership-port.ts'
import type { Clock, Journal } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import { OwnershipDriver } from './ownership/ownership-driver.ts'
import type { OwnershipStatus } from './ownership/ownership-status.ts'
import type { NodeId } from './ownership/types.ts'
import type { ShardKeeper } from './shard-keeper.ts'
import type { Threads } from './threads.ts'

export interface SharedShardsParts {
  readonly node: NodeId
  /** Different for each start of the program. */
  readonly boot: string
  readonly shards: number
  readonly clock: Clock
  readonly membership: Membership
  readonly journal: Pick<Journal, 'takeShards'>
  readonly threads: Pick<Threads<never>, 'open' | 'drop' | 'drained' | 'tellMembers'>
  readonly onTrouble: (sentence: string) => void
}

export class SharedShards implements ShardKeeper {
  readonly #driver: OwnershipDriver
  readonly #say: (sentence: string) => void

  constructor({ threads, onTrouble, ...parts }: SharedShardsParts) {
    this.#say = onTrouble
    this.#driver = new OwnershipDriver({
      ...parts,
      hooks: {
        open: grants => threads.open(grants),
        // A host that does not serve a shard refuses what comes for it, and settles what it had taken in.
        seal: sealed => threads.drop(sealed),
        drained: () => threads.drained(),
        drop: dropped => threads.drop(dropped),
      },
      onMembers: nodes => threads.tellMembers(nodes),
      onTrouble,
      onError: error =>
        onTrouble(`ownership: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    })
  }

  /** A node that has just joined is given its share by the others, or takes what nobody serves, in a few seconds. */
  async start(): Promise<void> {
    this.#driver.start()
  }

  async leave(): Promise<void> {
    const served = this.#driver.status.serving.length
    await this.#driver.leave()
    const { count, maxMs } = this.#driver.status.handOffs
    this.#say(`cluster: handed ${count} of ${served} shards over, the slowest in ${maxMs} ms`)
  }

  workerUp(): void {}

  workerDown(_worker: number, shards: readonly ShardId[]): void {
    for (const shard of shards) this.#driver.shardLost(shard, 'failed')
  }

  shardLost(shard: ShardId, cause: 'fenced' | 'failed'): void {
    this.#driver.shardLost(shard, cause)
  }

  get status(): OwnershipStatus {
    return this.#driver.status
  }
}
