/**
 * One thread's host with its actors, without a record, threads or clients: time passes when it is told to. For the costs of the
 * actors themselves.
 */
import { DEFAULT_SETTINGS } from '../../src/actors/default-settings.ts'
import { actorKinds } from '../../src/actors/kinds.ts'
import type { Envelope } from '../../src/actors/runtime/envelope.ts'
import { Host } from '../../src/actors/runtime/host.ts'
import { VirtualClock } from '../../src/actors/runtime/memory/virtual-clock.ts'
import type { Bus, StoredOrder } from '../../src/actors/runtime/ports.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { allShards, type DutyOf, historyOfNothing, journalOfNothing, pricesOfNothing } from './record-of-nothing.ts'

const START_MS = Date.UTC(2026, 0, 1)
const SHARDS = 256
const GATEWAY = 'bench'
const ROUNDS_MAX = 1_000

export class BareHost {
  readonly clock = new VirtualClock({ startMs: START_MS })
  readonly host: Host
  settled = 0
  committed = 0
  replies = 0
  #tokens = 0

  /**
   * @param duty  of every driver.
   * @param waiting  orders that it finds when it opens.
   */
  constructor(duty: DutyOf, waiting: readonly StoredOrder[] = []) {
    const count = (): void => {}
    const bus: Bus = {
      // All shards are here: what goes to the bus is for nobody.
      send: count,
      forwardFix: count,
      reply: () => {
        this.replies++
      },
      publish: count,
      settleFix: (_gateway, _token, _index, result) => {
        this.settled++
        if (result === 'committed') this.committed++
      },
      publishFix: count,
      publishHome: count,
      flush: count,
    }
    this.host = new Host({
      clock: this.clock,
      journal: journalOfNothing(duty, waiting),
      locations: historyOfNothing,
      prices: pricesOfNothing,
      bus,
      kinds: actorKinds({ ...DEFAULT_SETTINGS, shards: SHARDS }),
      onShardLost: (shard, cause) => {
        throw new Error(`shard ${shard} was lost`, { cause })
      },
      onError: error => {
        throw error
      },
    })
  }

  async open(): Promise<void> {
    await this.clock.settle(this.host.open(allShards(SHARDS).map(shard => ({ shard, epoch: 1 }))))
  }

  fix(driverId: DriverId, at: LatLng): void {
    this.host.receiveFix(GATEWAY, {
      driverId,
      shard: shardOfPosition(at, SHARDS),
      token: ++this.#tokens,
      index: 0,
      create: true,
      fix: { ...at, speed: null, heading: null, accuracy: null, recordedAtMs: this.clock.nowMs(), orderId: null },
    })
  }

  send(envelope: Envelope): void {
    this.host.receive(envelope)
  }

  /** Lets everything happen that is due, up to so much later. */
  settle(laterMs = 0): void {
    this.host.pump()
    this.clock.advance(laterMs)
    for (let rounds = 0; !this.host.isIdle; rounds++) {
      if (rounds > ROUNDS_MAX) throw new Error('the host does not come to rest')
      this.clock.advance(0)
    }
  }

  stop(): void {
    this.host.stop()
  }
}
