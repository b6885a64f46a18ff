/** What all nodes share: the record, the history and the bucket of leases; and how one node reaches them in bad weather. */
import { MemoryJournal } from '../actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../actors/runtime/memory/memory-location-log.ts'
import { MemoryBucket, MemoryMembership } from '../actors/runtime/memory/memory-membership.ts'
import { MemoryPriceLog, MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import { LEASE_TTL_MS } from '../cluster/ownership/limits.ts'
import type { Machine } from './clocks.ts'
import { FarJournal, FarLocationLog, FarPriceLog } from './far-store.ts'
import type { MembersWeather } from './members-weather.ts'
import { SIMULATED } from './price-list.ts'
import type { RecordWeather } from './record-weather.ts'
import { WatchedRecord } from './watched-record.ts'

const RETENTION_DAYS = 30

export interface StoresParts {
  readonly clock: Clock
  readonly weather: RecordWeather
  readonly membersWeather: MembersWeather
}

export class Stores {
  readonly record: WatchedRecord
  readonly history = new MemoryHistory()
  readonly prices = new MemoryPrices(shard => this.record.epochOf(shard))
  readonly #bucket: MemoryBucket
  readonly #parts: StoresParts

  constructor(parts: StoresParts) {
    const { clock, membersWeather } = parts
    const { history } = this
    this.#parts = parts
    this.record = new WatchedRecord({ nowMs: () => clock.nowMs(), lastFixOf: driverId => history.lastFix(driverId) })
    this.prices.rulesets.push(SIMULATED)
    this.#bucket = new MemoryBucket({ clock, ttlMs: LEASE_TTL_MS, expiryLagMs: membersWeather.expiryLagMs })
  }

  /** @param machine  hears the answers, as long as it lives. */
  journal(name: string, machine: Machine): FarJournal {
    const { clock, weather } = this.#parts
    const journal = new MemoryJournal({
      record: this.record,
      clock,
      latencyMs: request => weather.latencyMs(name, request),
      before: request => weather.fateOf(name, request),
    })
    return new FarJournal(journal, machine)
  }

  locations(name: string, machine: Machine): FarLocationLog {
    const { clock, weather } = this.#parts
    const log = new MemoryLocationLog({
      history: this.history,
      clock,
      retentionDays: RETENTION_DAYS,
      latencyMs: () => weather.latencyMs(name, null),
      before: () => weather.appendFault(name),
    })
    return new FarLocationLog(log, machine)
  }

  pricesOf(name: string, machine: Machine): FarPriceLog {
    const { clock, weather } = this.#parts
    const log = new MemoryPriceLog({
      prices: this.prices,
      clock,
      latencyMs: () => weather.latencyMs(name, null),
      before: () => weather.priceFault(name),
    })
    return new FarPriceLog(log, machine)
  }

  membership(name: string, machine: Machine): MemoryMembership {
    const { membersWeather } = this.#parts
    return new MemoryMembership({
      bucket: this.#bucket,
      clock: machine,
      latencyMs: () => membersWeather.latencyMs(name),
      before: () => membersWeather.fateOf(name),
      watchDelayMs: () => membersWeather.watchDelayMs(name),
    })
  }
}
