/**
 * What the watchers of one gateway want to hear from other nodes, as subscriptions. Live topics cross nodes only where
 * somebody listens: what is subscribed here is also announced to the workers of all nodes, which say nothing else.
 *
 * Interests overlap (the fleet, a metropolis, one driver), and the server delivers a message once per subscription that
 * matches: each is taken from the widest of them only.
 */
import type { Msg, Subscription } from 'nats'
import { parseCell } from '../../domain/h3.ts'
import type { Frame } from '../frames.ts'
import type { Announcements } from './announcements.ts'
import type { Line } from './line.ts'
import { ALL_FIXES, fixesOfCell, fixesOfDriver, liveSubject, widening } from './subjects.ts'

export class Interest {
  readonly #line: Line
  readonly #announcements: Announcements
  readonly #onFrames: (frames: readonly Frame[]) => void
  readonly #subscribed = new Map<string, { readonly subscription: Subscription; wanted: number }>()

  constructor(line: Line, announcements: Announcements, onFrames: (frames: readonly Frame[]) => void) {
    this.#line = line
    this.#announcements = announcements
    this.#onFrames = onFrames
  }

  /** @param topic  a live topic, `phone:<driver>`, or `fixes:<driver>` for its positions alone. */
  watch(topic: string): void {
    for (const subject of subjectsOf(topic)) this.#want(subject)
  }

  unwatch(topic: string): void {
    for (const subject of subjectsOf(topic)) {
      const known = this.#subscribed.get(subject)
      if (!known || --known.wanted > 0) continue
      known.subscription.unsubscribe()
      this.#subscribed.delete(subject)
      this.#announcements.drop(subject)
    }
  }

  #want(subject: string): void {
    const known = this.#subscribed.get(subject)
    if (known) {
      known.wanted++
      return
    }
    const subscription = this.#line.listen(subject, (frames, message) => {
      if (this.#widestOf(message) === subject) this.#onFrames(frames)
    })
    this.#subscribed.set(subject, { subscription, wanted: 1 })
    // After the subscription, on the same connection: whoever speaks because of it is heard.
    this.#announcements.add(subject)
  }

  #widestOf({ subject }: Msg): string | undefined {
    return widening(subject).find(candidate => this.#subscribed.has(candidate))
  }
}

function subjectsOf(topic: string): string[] {
  const colon = topic.indexOf(':')
  const name = topic.slice(colon + 1)
  switch (topic.slice(0, Math.max(0, colon))) {
    case '':
      return [ALL_FIXES, liveSubject('driver:*')]
    case 'driver':
      return [fixesOfDriver(name), liveSubject(topic)]
    case 'fixes':
      return [fixesOfDriver(name)]
    case 'cell': {
      const cell = parseCell(name)
      return cell === null ? [] : [fixesOfCell(cell), liveSubject(topic)]
    }
    default:
      return [liveSubject(topic)]
  }
}
