/**
 * What a gateway tells the workers of all nodes of its subscriptions: a change with the next flush, before any request of that
 * flush, and all of it every few seconds, after a reconnect, and when a worker that has just come up asks.
 *
 * A kind of which very much is wanted (the phones of a gateway with thousands of drivers) is announced as a whole, so that an
 * announcement has a bound.
 */
import type { Clock } from '../../actors/runtime/ports.ts'
import { encodeBatch } from '../frames.ts'
import type { Line } from './line.ts'
import { ALL_FIXES, INTEREST, INTEREST_ASKED, kindOfLive } from './subjects.ts'
import { type WantsMode, wantsFrame } from './wants-frames.ts'

/** Repairs what was lost on the way; a worker forgets a gateway that it has not heard for some of these. */
export const ANNOUNCE_EVERY_MS = 10_000
/** Names of one kind: about 100 kB of the 1 MB that a message may have. */
const NAMES_MAX = 2_000

export interface AnnouncementsParts {
  readonly node: string
  readonly line: Line
  readonly clock: Clock
}

export class Announcements {
  readonly #parts: AnnouncementsParts
  readonly #wanted = new Map<string, Set<string>>()
  readonly #changed = new Map<string, WantsMode>()
  readonly #whole = new Set<string>()
  #isArmed = false
  #isClosed = false

  constructor(parts: AnnouncementsParts) {
    this.#parts = parts
    parts.line.hear(INTEREST_ASKED, () => this.#tellAll())
    parts.line.onReconnect(() => this.#tellAll())
    this.#repeat()
  }

  add(subject: string): void {
    const kind = kindOfLive(subject)
    const names = this.#wanted.get(kind) ?? new Set()
    this.#wanted.set(kind, names)
    names.add(subject)
    if (this.#whole.has(kind)) return
    if (names.size > NAMES_MAX) {
      this.#whole.add(kind)
      this.#change(wholeOf(kind), 'more')
    } else this.#change(subject, 'more')
  }

  drop(subject: string): void {
    const kind = kindOfLive(subject)
    const names = this.#wanted.get(kind)
    names?.delete(subject)
    if (!this.#whole.has(kind)) this.#change(subject, 'fewer')
    else if ((names?.size ?? 0) <= NAMES_MAX / 2) {
      this.#whole.delete(kind)
      this.#tellAll()
    }
  }

  /** What has changed since the last time. */
  flush(): void {
    if (this.#changed.size === 0) return
    for (const mode of ['more', 'fewer'] as const) {
      const subjects = [...this.#changed].flatMap(([subject, to]) => (to === mode ? [subject] : []))
      if (subjects.length > 0) this.#tell(mode, subjects)
    }
    this.#changed.clear()
  }

  /** This gateway has no watchers any more. */
  close(): void {
    this.#isClosed = true
    this.#tell('gone', [])
  }

  #change(subject: string, mode: WantsMode): void {
    this.#changed.set(subject, mode)
    if (this.#isArmed) return
    this.#isArmed = true
    this.#parts.clock.after(0, () => {
      this.#isArmed = false
      this.flush()
    })
  }

  #repeat(): void {
    this.#tellAll()
    this.#parts.clock.after(ANNOUNCE_EVERY_MS, () => {
      if (!this.#isClosed) this.#repeat()
    })
  }

  #tellAll(): void {
    if (this.#isClosed) return
    this.#changed.clear()
    const subjects = [...this.#wanted].flatMap(([kind, names]) =>
      this.#whole.has(kind) ? [wholeOf(kind)] : [...names],
    )
    this.#tell('all', subjects)
  }

  #tell(mode: WantsMode, subjects: readonly string[]): void {
    const { line, node } = this.#parts
    if (line.isUp) line.publish(INTEREST, encodeBatch([wantsFrame(node, mode, subjects)]))
  }
}

function wholeOf(kind: string): string {
  return ALL_FIXES.startsWith(kind) ? ALL_FIXES : `${kind}.*`
}
