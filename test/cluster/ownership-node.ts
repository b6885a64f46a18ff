/** One node that owns shards, for tests: the real driver over a real bucket, and in place of a host the least that serves. */
import type { ShardGrant } from '../../src/actors/runtime/host.ts'
import { MemoryJournal } from '../../src/actors/runtime/memory/memory-journal.ts'
import type { MemoryRecord } from '../../src/actors/runtime/memory/memory-record.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { NatsMembership } from '../../src/cluster/nats/nats-membership.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { OwnershipDriver } from '../../src/cluster/ownership/ownership-driver.ts'
import type { NodeId } from '../../src/cluster/ownership/types.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import type { ShardId } from '../../src/domain/ids.ts'

export class OwnershipNode {
  readonly id: string
  readonly link: NatsLink
  readonly driver: OwnershipDriver
  readonly troubles: string[] = []
  readonly errors: unknown[] = []
  readonly #serving = new Map<ShardId, number>()

  private constructor(id: string, link: NatsLink, membership: NatsMembership, record: MemoryRecord, shards: number) {
    this.id = id
    this.link = link
    this.driver = new OwnershipDriver({
      node: id as NodeId,
      boot: 'b1',
      shards,
      clock: systemClock,
      membership,
      journal: new MemoryJournal({ record, clock: systemClock }),
      hooks: {
        open: async (grants: readonly ShardGrant[]) => {
          for (const { shard, epoch } of grants) this.#serving.set(shard, epoch)
        },
        seal: sealed => this.#stopServing(sealed),
        drained: async () => undefined,
        drop: dropped => this.#stopServing(dropped),
      },
      onTrouble: sentence => this.troubles.push(sentence),
      onError: error => this.errors.push(error),
    })
  }

  static async start(id: string, natsUrl: string, record: MemoryRecord, shards: number): Promise<OwnershipNode> {
    const target = readNatsTarget(natsUrl)
    const link = await NatsLink.open({ target, name: id, clock: systemClock, onEvent: () => undefined })
    const membership = await NatsMembership.open({ link, clock: systemClock })
    const node = new OwnershipNode(id, link, membership, record, shards)
    node.driver.start()
    return node
  }

  /** Its shards and the epochs that it serves them at. */
  get serving(): ReadonlyMap<ShardId, number> {
    return this.#serving
  }

  /** As a killed process: its connection is gone at once, and nothing is handed off. */
  async die(): Promise<void> {
    this.driver.stop()
    this.#serving.clear()
    await this.link.close()
  }

  async leave(): Promise<void> {
    await this.driver.leave()
    await this.link.drain()
  }

  #stopServing(shards: readonly ShardId[]): void {
    for (const shard of shards) this.#serving.delete(shard)
  }
}
