/** The zones in memory, by the rules of those in Postgres. A `MemoryZones` is the record; a log of it is a thread's. */
import type { ZoneId } from '../../../domain/ids.ts'
import type { Zone, ZoneKind } from '../../../domain/zones/zone.ts'
import type { ZoneChange, ZoneChanges, ZoneLog } from '../ports.ts'

const PAGE = 500

export class MemoryZones {
  readonly #rows = new Map<ZoneId, { readonly change: number; readonly zone: Zone | null }>()
  #last = 0

  put(zone: Zone): void {
    this.#rows.set(zone.zoneId, { change: ++this.#last, zone })
  }

  remove(zoneId: ZoneId): void {
    this.#rows.set(zoneId, { change: ++this.#last, zone: null })
  }

  since(change: number, kinds: readonly ZoneKind[]): ZoneChanges {
    const later = [...this.#rows].filter(([, row]) => row.change > change).sort(([, a], [, b]) => a.change - b.change)
    const page = later.slice(0, PAGE)
    const changes = page.map(
      ([zoneId, { zone }]): ZoneChange => ({ zoneId, zone: zone && kinds.includes(zone.kind) ? zone : null }),
    )
    return { changes, upTo: page.at(-1)?.[1].change ?? change, isWhole: later.length < PAGE }
  }
}

export class MemoryZoneLog implements ZoneLog {
  readonly #zones: MemoryZones
  readonly #kinds: readonly ZoneKind[]
  /** Called before each look: throws what the record would. */
  before: () => void = () => undefined

  constructor(zones: MemoryZones, kinds: readonly ZoneKind[]) {
    this.#zones = zones
    this.#kinds = kinds
  }

  async since(change: number): Promise<ZoneChanges> {
    this.before()
    return this.#zones.since(change, this.#kinds)
  }
}
