/**
 * Who watches what on this node, and the number that the next message of each topic gets.
 *
 * The fan-out is our own and not the server's `publish`: that one cannot tell a slow reader what it missed. A topic
 * exists while somebody watches it; its numbers begin anew with the next first watcher, which is no hole for
 * anybody, because each subscription is told the number that it starts behind.
 */
import { type Interest, NO_INTEREST } from './interest.ts'
import { DRIVER_PREFIX } from './topics.ts'
import { type LiveEvent, LiveUpdate } from './update.ts'

export interface Watcher {
  deliver(update: LiveUpdate): void
}

interface TopicState {
  seq: number
  readonly watchers: Set<Watcher>
}

export class LiveHub {
  readonly #topics = new Map<string, TopicState>()
  /** Whose own topics are watched. */
  readonly #drivers = new Set<string>()
  readonly #onUnwatched: (topic: string) => void
  readonly #interest: Interest
  #subscriptions = 0

  /** @param onUnwatched  called when the last watcher of a topic has gone. */
  constructor(onUnwatched: (topic: string) => void = () => undefined, interest: Interest = NO_INTEREST) {
    this.#onUnwatched = onUnwatched
    this.#interest = interest
  }

  get topics(): number {
    return this.#topics.size
  }

  get subscriptions(): number {
    return this.#subscriptions
  }

  isWatched(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /** As `isWatched` of that driver's topic, which is asked for every position: it has no need of the topic's name. */
  isDriverWatched(driverId: string): boolean {
    return this.#drivers.has(driverId)
  }

  /** @returns the number of the topic's last message: the watcher gets those after it. */
  watch(topic: string, watcher: Watcher): number {
    const state = this.#topics.get(topic) ?? this.#add(topic)
    if (!state.watchers.has(watcher)) this.#subscriptions++
    state.watchers.add(watcher)
    return state.seq
  }

  unwatch(topic: string, watcher: Watcher): void {
    const state = this.#topics.get(topic)
    if (!state?.watchers.delete(watcher)) return
    this.#subscriptions--
    if (state.watchers.size > 0) return
    this.#topics.delete(topic)
    if (topic.startsWith(DRIVER_PREFIX)) this.#drivers.delete(topic.slice(DRIVER_PREFIX.length))
    this.#interest.unwatch(topic)
    this.#onUnwatched(topic)
  }

  /** @returns once nothing that is said of the topics watched so far goes by this node: then a snapshot may be read. */
  settled(): Promise<void> {
    return this.#interest.settled()
  }

  publish(topic: string, event: LiveEvent): void {
    const state = this.#topics.get(topic)
    if (state === undefined) return
    state.seq++
    const update = new LiveUpdate(topic, state.seq, event)
    for (const watcher of state.watchers) watcher.deliver(update)
  }

  /**
   * This node may have missed something of any topic: a number of each is given to it, and told as a gap.
   * @returns the topics.
   */
  unheard(): string[] {
    for (const [topic, state] of this.#topics) {
      state.seq++
      const update = LiveUpdate.unheard(topic, state.seq)
      for (const watcher of [...state.watchers]) watcher.deliver(update)
    }
    return [...this.#topics.keys()]
  }

  #add(topic: string): TopicState {
    const state = { seq: 0, watchers: new Set<Watcher>() }
    this.#topics.set(topic, state)
    if (topic.startsWith(DRIVER_PREFIX)) this.#drivers.add(topic.slice(DRIVER_PREFIX.length))
    this.#interest.watch(topic)
    return state
  }
}
