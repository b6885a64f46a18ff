/** Positions over sockets, many drivers on each: frames acknowledged in their order, as the gateway of a fleet sends them. */
import type { Agenda } from '../../src/sim/agenda.ts'
import { Limiter } from '../../src/sim/limiter.ts'
import { randomStream } from '../../src/sim/random.ts'
import { StreamConnection } from '../../src/sim/stream-connection.ts'
import type { Protocol } from '../../src/sim/wire.ts'
import { NoResultError } from '../bench.ts'
import type { BenchFleet } from './fleet.ts'
import type { Batch, Ledger } from './ledger.ts'
import type { Sender } from './sender.ts'

export interface StreamSenderOptions {
  readonly url: string
  readonly token: string
  readonly protocol: Protocol
  readonly connections: number
  readonly fleet: BenchFleet
  readonly ledger: Ledger
  readonly agenda: Agenda
}

const POINTS_MAX = 1_000
const OPENING_MAX = 16

interface Lane {
  readonly connection: StreamConnection
  /** Sent or waiting, in order: frames are settled in the order in which they were given. */
  readonly batches: Batch[]
}

export class StreamSender implements Sender {
  readonly pointsMax = POINTS_MAX
  /** Broken connections that came back; what was unsettled was sent again. */
  reopened = 0
  readonly #lanes: Lane[]
  readonly #options: StreamSenderOptions

  constructor(options: StreamSenderOptions) {
    this.#options = options
    const opening = new Limiter(OPENING_MAX)
    this.#lanes = Array.from({ length: options.connections }, (_, i) => this.#lane(i, opening))
  }

  get lanes(): number {
    return this.#lanes.length
  }

  async open(): Promise<void> {
    await Promise.all(this.#lanes.map(lane => lane.connection.open()))
    if (!this.#lanes.every(lane => lane.connection.isOpen)) throw new NoResultError('a socket could not be opened')
  }

  send(index: number, batch: Batch): void {
    const lane = this.#lanes[index]
    if (lane === undefined) throw new RangeError(`there is no lane ${index}`)
    const { fleet } = this.#options
    const recordedAt = new Date(batch.dueAtMs).toISOString()
    lane.batches.push(batch)
    lane.connection.sendPoints(
      batch.drivers.map(driver => ({
        driver_id: fleet.driverId(driver),
        ...fleet.place(driver, batch.dueAtMs),
        recorded_at: recordedAt,
      })),
      batch.dueAtMs,
    )
  }

  close(): void {
    for (const { connection } of this.#lanes) connection.close()
  }

  #lane(index: number, opening: Limiter): Lane {
    const { url, token, protocol, agenda, ledger } = this.#options
    const batches: Batch[] = []
    const settle = (refusal: string | null): void => {
      const batch = batches.shift()
      if (batch) ledger.settleWhole(batch, refusal)
    }
    const connection = new StreamConnection({
      url,
      token,
      protocol,
      driverId: null,
      agenda,
      random: randomStream(1, `stream ${index}`),
      opening,
      listener: {
        onMessage: () => {},
        onAcked: () => settle(null),
        onRejected: (_, code) => settle(code),
        onDropped: () => settle('dropped by the generator'),
        onReopened: () => {
          this.reopened++
        },
      },
    })
    return { connection, batches }
  }
}
