/** Generated mutants that change nothing anybody could see, but perhaps how much is done for it; each explained. */
import type { Mutant } from './mutation.ts'

export interface Equivalent {
  /** Ends of ids: `<file name>: <what was changed>`; a line number would be wrong tomorrow. */
  readonly id: string
  readonly why: string
}

const EQUIVALENTS: readonly Equivalent[] = [
  {
    id: 'gate.ts: ⟦this.flush()→⟧',
    why: 'of a group that is settled: `settled` has just pumped the host, which flushes the gate',
  },
  {
    id: 'gate.ts: ⟦this.flush()→⟧ #2',
    why: 'of a group that the record did not take: `settled`, on the next line, pumps the host, which flushes the gate',
  },
  {
    id: 'activation.ts: ⟦slot.create = isBirth→⟧',
    why: 'the record answers `unknown`, and the message that makes the driver makes it then: one round trip more',
  },
  {
    id: 'mailbox.ts: if (⟦asked.length === 0→false⟧) return asked',
    why: 'a short cut: what is rebuilt is what was there',
  },
  {
    id: 'slots.ts: ⟦clearTimers(slot)→⟧',
    why: 'a timer of an actor that is gone puts a message into a mailbox that nobody reads: only memory, until its time',
  },
  {
    id: "order.ts: ...(⟦state.status === 'placed'→true⟧ ? [setTimer('expire', state.expiresAtMs)] : []),",
    why: 'an expiry that fires for an order that is not placed does nothing',
  },
  {
    id: 'timers.ts: ⟦this.#armedAtMs = first.atMs→⟧',
    why: 'each timer that is set arms the clock anew, and the one before is cancelled: only more work',
  },
  {
    id: 'host.ts: while (this.#slots.hasReady && left ⟦>→>=⟧ 0) {',
    why: 'a round of one turn more',
  },
  {
    id: 'host.ts: ⟦this.#pumpArmed = true→⟧',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'host.ts: ⟦this.#pumpArmed = true→⟧ #2',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'host.ts: ⟦this.#pumpArmed = true→⟧ #3',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'due-poll.ts: ⟦this.#parts.settled()→⟧',
    why: 'an order that is woken arms the pump by itself',
  },
  {
    id: "turns.ts: while (slot.phase === 'ready' && taken ⟦<→<=⟧ budget) {",
    why: 'a turn more in a round, whose budget only gives others the thread now and then',
  },
  {
    id: 'timers.ts: if (!first || first.atMs ⟦>=→>⟧ this.#armedAtMs) return',
    why: 'the clock is armed anew for the same instant',
  },
  {
    id: 'loader.ts: ⟦this.flush()→⟧',
    why: 'of actors that are loaded: `settled`, on the line before, pumps the host, which flushes the loader',
  },
  {
    id: 'slot.ts: create = ⟦false→true⟧',
    why: 'set by whoever adds the actor of a driver; for other kinds nobody asks',
  },
  {
    id: 'activation.ts: const isBirth = record?.isBirth(message) ?? ⟦false→true⟧',
    why: 'of actors without a record, which are given back on the next lines before anybody looks at it',
  },
  {
    id: 'host.ts: this.#pumpArmed = ⟦true→false⟧',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'host.ts: this.#pumpArmed = ⟦true→false⟧ #2',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'host.ts: this.#pumpArmed = ⟦true→false⟧ #3',
    why: 'the host pumps more often than it must, and finds nothing to do',
  },
  {
    id: 'gate.ts: ⟦this.#retryArmed = true→⟧',
    why: 'it is armed twice, and the second finds nothing to do',
  },
  {
    id: 'activation.ts: ⟦slot.state = slot.kind.initial(slot.id)→⟧',
    why: 'of an actor that is loaded anew: messages and positions wait for the load, which puts another state in its place',
  },
  {
    id: "price-lane.ts: if (⟦slot.phase === 'gone'→false⟧) return",
    why: 'a word to an actor that is gone lies in a mailbox that nobody reads',
  },
  {
    id: 'pricing-area.ts: const rearmed = state.roundAtMs ⟦>→>=⟧ nextRoundAtMs(prices, nowMs) ? armed(prices, nowMs) : NOTHING',
    why: 'a timer is set again to the instant to which it is set',
  },
]

/** @returns why it cannot be told from the original, or null. */
export function equivalenceOf({ id }: Mutant): string | null {
  return EQUIVALENTS.find(e => e.id === id)?.why ?? null
}
