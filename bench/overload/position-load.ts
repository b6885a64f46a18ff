/** Positions over sockets, in frames of many drivers, as the gateways of a fleet send them. */

import { HTTP_LIMITS } from '../../src/http/limits.ts'
import { Agenda } from '../../src/sim/agenda.ts'
import { nowMs } from '../../src/sim/clock.ts'
import { Limiter } from '../../src/sim/limiter.ts'
import { randomStream } from '../../src/sim/random.ts'
import { StreamConnection } from '../../src/sim/stream-connection.ts'
import type { Sql } from '../../src/store/postgres.ts'
import { showEveryDriver } from '../ingest/first-sight.ts'
import type { BenchFleet } from '../ingest/fleet.ts'
import { type Batch, Ledger } from '../ingest/ledger.ts'
import { countHistory } from '../ingest/record.ts'
import type { Rig } from '../ingest/rig.ts'
import { StreamSender } from '../ingest/stream-sender.ts'
import type { Load } from './load.ts'

const CONNECTIONS = 4
const POINTS = 500
/** Frames of each connection that are under way when it is busy. */
const FRAMES_BUSY = 8

export class PositionLoad implements Load {
  readonly perSend = POINTS
  readonly busyWith = CONNECTIONS * FRAMES_BUSY * POINTS
  /** As much as a node takes from a connection before it refuses, and a little more. */
  readonly underWayMax = CONNECTIONS * (HTTP_LIMITS.unsettledPointsMax + 10 * POINTS)
  /** A socket's refusal is an error of its frame, which names no time. */
  readonly withoutRetryAfter = 0
  readonly #rig: Rig
  readonly #fleet: BenchFleet
  readonly #ledger: Ledger
  readonly #agenda = new Agenda()
  readonly #sender: StreamSender
  readonly #probe: StreamConnection
  readonly #probes: ((isTaken: boolean) => void)[] = []
  #sent = 0

  constructor(rig: Rig, fleet: BenchFleet) {
    this.#rig = rig
    this.#fleet = fleet
    this.#ledger = new Ledger(fleet.size)
    const common = { url: rig.url, token: rig.token, agenda: this.#agenda, protocol: 'msgpack' as const }
    this.#sender = new StreamSender({ ...common, connections: CONNECTIONS, fleet, ledger: this.#ledger })
    const settle = (isTaken: boolean) => () => this.#probes.shift()?.(isTaken)
    this.#probe = new StreamConnection({
      ...common,
      driverId: null,
      random: randomStream(1, 'probe'),
      opening: new Limiter(1),
      listener: {
        onMessage: () => {},
        onAcked: settle(true),
        onRejected: settle(false),
        onDropped: settle(false),
        onReopened: () => {},
      },
    })
  }

  get acked(): number {
    return this.#ledger.ackedTotal
  }

  get refused() {
    return this.#ledger.refusals
  }

  get underWay(): number {
    return this.#ledger.open.size * POINTS
  }

  async open(): Promise<void> {
    await showEveryDriver(this.#rig, this.#fleet, this.#ledger)
    await Promise.all([this.#sender.open(), this.#probe.open()])
  }

  /** A driver always goes by the same connection, and is in one place at one instant. */
  send(): void {
    const block = this.#sent++ % Math.floor(this.#fleet.size / POINTS)
    const drivers = Array.from({ length: POINTS }, (_, i) => block * POINTS + i)
    const batch: Batch = { dueAtMs: Math.floor(nowMs()), drivers, measured: true }
    this.#ledger.sent(batch)
    this.#sender.send(block % CONNECTIONS, batch)
  }

  probe(onSettled: (isTaken: boolean) => void): void {
    this.#probes.push(onSettled)
    const atMs = nowMs()
    const recorded_at = new Date(atMs).toISOString()
    this.#probe.sendPoints([{ driver_id: 'probe', ...this.#fleet.place(0, atMs), recorded_at }], atMs)
  }

  tick(): void {
    this.#agenda.runDue(nowMs())
  }

  close(): void {
    this.#sender.close()
    this.#probe.close()
  }

  check(sql: Sql): Promise<{ readonly lost: number; readonly repeated: number }> {
    return countHistory(sql, this.#fleet, this.#ledger)
  }
}

/** The fewest with which no driver is in two places in one millisecond at any rate that a machine of today reaches. */
export const OVERLOAD_DRIVERS_MIN = 2 * CONNECTIONS * POINTS
