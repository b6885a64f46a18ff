/** Where a message goes: in the same thread straight into the mailbox, else onto the bus. */
import type { ShardId } from '../../domain/ids.ts'
import type { Address, Envelope, MailboxClass, Message, RuntimeRefusal } from './envelope.ts'
import type { Bus } from './ports.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import type { TraceContext } from './tracing.ts'
import { asJson } from './turn.ts'

/** A message goes round in the search for its driver, or for whoever serves its shard, this often; one time is the rule. */
export const HOPS_MAX = 8

export class Router {
  readonly #slots: Slots
  readonly #bus: Bus
  readonly #receive: (envelope: Envelope) => void
  /** Refusals that there was nobody to tell of. */
  unheard = 0

  constructor(slots: Slots, bus: Bus, receive: (envelope: Envelope) => void) {
    this.#slots = slots
    this.#bus = bus
    this.#receive = receive
  }

  /** @param trace  of the turn that sends it. */
  send(to: Address, message: Message, mailbox: MailboxClass = 'vital', trace?: TraceContext): void {
    const envelope = envelopeTo(to, message, mailbox)
    this.#route(trace === undefined ? envelope : { ...envelope, trace })
  }

  /** To where its actor lives now. */
  forward(envelope: Envelope, shard: ShardId): void {
    if (envelope.hops >= HOPS_MAX) this.refuse(envelope, { kind: 'busy' })
    else this.#route({ ...envelope, to: { ...envelope.to, shard }, epoch: 0, hops: envelope.hops + 1 })
  }

  /** What the runtime answers in place of the actor, if anybody waits for an answer. */
  refuse({ message: { replyTo } }: Envelope, refusal: RuntimeRefusal): void {
    if (replyTo) this.#bus.reply(replyTo, asJson(refusal))
    else this.unheard++
  }

  /** Those who wait for a later turn of an actor that forgets them: they are to ask again. @param state  in which it knew of them. */
  refuseAskers({ kind, shard }: Slot, state: unknown): void {
    if (state === null || kind.askersOf === undefined) return
    const where = { kind: 'moved', shard, epoch: this.#slots.epochOf(shard) ?? 0 } as const
    // Who has no record has left nothing behind.
    const moved = asJson((kind.record === null ? where : { ...where, begun: true }) satisfies RuntimeRefusal)
    for (const asker of kind.askersOf(state)) this.#bus.reply(asker, moved)
  }

  #route(envelope: Envelope): void {
    if (this.#slots.serves(envelope.to.shard)) this.#receive(envelope)
    else this.#bus.send(envelope)
  }
}

/** From an actor or the runtime itself: nobody's epoch, no deadline. */
export function envelopeTo(to: Address, message: Message, mailbox: MailboxClass): Envelope {
  return { to, class: mailbox, epoch: 0, deadlineMs: 0, hops: 0, message }
}
