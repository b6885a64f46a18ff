/**
 * (i), for whoever watches: what an owner publishes about an order is what was committed, each commit is published, and in
 * order. The journal has its own half in `replay.ts`: no gap, and each row is what its events give.
 *
 * A crash between a commit and its publication is made good by the next owner, which publishes what it loads. An order that has
 * ended is loaded by nobody unless somebody asks about it: its end alone may stay unheard on the feed, and only where the shard
 * changed hands around it. The journal has that end, and so has whoever reads the order.
 */
import type { OrderState } from '../actors/order/order.state.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { JournalTurn } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { type OrderId, type ShardId, shardOfOrder } from '../domain/ids.ts'
import { isEnded } from '../domain/order-lifecycle.ts'
import type { Tally } from './tally.ts'
import { check } from './violation.ts'

interface Told {
  /** The states that were committed and not published yet, by their version. */
  readonly unheard: Map<number, JsonObject>
  readonly heard: Map<number, JsonObject>
  /** The newest version that each node has published. */
  readonly byNode: Map<string, number>
  /** The version that was the newest when the shard changed hands last. */
  handedOverAt: number
  newest: number
  isEnded: boolean
}

export class LiveFeed {
  readonly #tally: Tally
  readonly #orders = new Map<OrderId, Told>()
  readonly #ofShard = new Map<ShardId, OrderId[]>()

  constructor(tally: Tally) {
    this.#tally = tally
  }

  onCommitted({ actorId, row, events, versionBefore }: JournalTurn): void {
    if (row.kind !== 'order' || events.length === 0) return
    const told = this.#of(actorId as OrderId)
    told.newest = versionBefore + events.length
    told.unheard.set(told.newest, row.state)
    told.isEnded = isEnded(row.status as OrderState['status'])
  }

  onServed(grants: readonly ShardGrant[]): void {
    for (const orderId of grants.flatMap(({ shard }) => this.#ofShard.get(shard) ?? [])) {
      const told = this.#of(orderId)
      told.handedOverAt = told.newest
    }
  }

  onPublish(node: string, orderId: OrderId, data: JsonObject): void {
    const version = data.version as number
    const told = this.#of(orderId)
    const committed = told.unheard.get(version) ?? told.heard.get(version)
    if (!committed) {
      const { newest } = told
      check(false, () => `(i) ${orderId} is published at ${version}, and what is committed is ${newest}`)
      return
    }
    check(Bun.deepEquals(data, committed), () => `(i) ${orderId} is published at ${version} as it was not committed`)
    const before = told.byNode.get(node) ?? 0
    check(version >= before, () => `(i) ${node} publishes ${orderId} at ${version} after ${before}`)
    told.byNode.set(node, version)
    for (const skipped of told.unheard.keys()) {
      check(skipped >= version, () => `(i) ${orderId} is published at ${version}, and ${skipped} never was`)
    }
    if (told.heard.has(version)) this.#tally.count('published_again')
    told.heard.set(version, committed)
    told.unheard.delete(version)
  }

  checkAtRest(): void {
    for (const [orderId, { unheard, isEnded, newest, handedOverAt }] of this.#orders) {
      if (unheard.size === 0) continue
      const isLostInBetween = unheard.size === 1 && unheard.has(newest) && isEnded && handedOverAt === newest
      check(
        isLostInBetween,
        () => `(i) ${orderId} was committed at ${[...unheard.keys()].join(', ')} and never published`,
      )
      this.#tally.count('ends_unheard')
    }
  }

  #of(orderId: OrderId): Told {
    const known = this.#orders.get(orderId)
    if (known) return known
    const told = { unheard: new Map(), heard: new Map(), byNode: new Map(), handedOverAt: 0, newest: 0, isEnded: false }
    this.#orders.set(orderId, told)
    const shard = shardOfOrder(orderId)
    this.#ofShard.set(shard, [...(this.#ofShard.get(shard) ?? []), orderId])
    return told
  }
}
