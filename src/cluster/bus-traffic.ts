/** What one node, or one thread of it, has said and heard over the bus between nodes, by kind of subject. */
export interface BusTraffic {
  readonly sent: Readonly<Record<string, Flow>>
  readonly received: Readonly<Record<string, Flow>>
  /** Frames that did not come to whom they were for, by why. */
  readonly undelivered: Readonly<Record<Undelivered, number>>
}

/**
 * Why a frame did not come to its reader.
 *
 * - `nobody`: no node serves its shard now. Whoever said it is told, and says it again.
 * - `no_gateway`: an answer for a node that has gone.
 * - `away`: this node is cut off from NATS, and what was said is not kept.
 * - `too_large`: one frame alone is more than NATS takes.
 * - `unreadable`: a message in a version or of a kind that this node does not know.
 * - `too_late`: it came here when somebody else served its shard already, who may have read it or not.
 * - `forgotten`: that nobody reads a message was said too late to say it again.
 */
export type Undelivered = 'nobody' | 'no_gateway' | 'away' | 'too_large' | 'unreadable' | 'too_late' | 'forgotten'

export interface Flow {
  readonly messages: number
  readonly bytes: number
}

const NONE_UNDELIVERED: Record<Undelivered, number> = {
  nobody: 0,
  no_gateway: 0,
  away: 0,
  too_large: 0,
  unreadable: 0,
  too_late: 0,
  forgotten: 0,
}

export const NO_TRAFFIC: BusTraffic = { sent: {}, received: {}, undelivered: NONE_UNDELIVERED }

/** Counts where it happens: two additions for each message. */
export class TrafficCounter {
  readonly #sent: Record<string, { messages: number; bytes: number }> = {}
  readonly #received: Record<string, { messages: number; bytes: number }> = {}
  readonly #undelivered = { ...NONE_UNDELIVERED }

  sent(subject: string, bytes: number): void {
    add(this.#sent, subject, bytes)
  }

  received(subject: string, bytes: number): void {
    add(this.#received, subject, bytes)
  }

  undelivered(why: Undelivered, frames: number): void {
    this.#undelivered[why] += frames
  }

  get traffic(): BusTraffic {
    return { sent: this.#sent, received: this.#received, undelivered: this.#undelivered }
  }
}

function add(flows: Record<string, { messages: number; bytes: number }>, subject: string, bytes: number): void {
  const kind = kindOf(subject)
  const flow = flows[kind] ?? { messages: 0, bytes: 0 }
  flows[kind] = flow
  flow.messages++
  flow.bytes += bytes
}

/** `shard` of `waggle.v1.shard.7`. */
function kindOf(subject: string): string {
  return subject.split('.', 3)[2] ?? ''
}

export function sumOf(traffics: readonly BusTraffic[]): BusTraffic {
  const sum = (side: 'sent' | 'received') => {
    const total: Record<string, Flow> = {}
    for (const traffic of traffics) {
      for (const [kind, { messages, bytes }] of Object.entries(traffic[side])) {
        const before = total[kind] ?? { messages: 0, bytes: 0 }
        total[kind] = { messages: before.messages + messages, bytes: before.bytes + bytes }
      }
    }
    return total
  }
  const undelivered = { ...NONE_UNDELIVERED }
  for (const traffic of traffics) {
    for (const why of Object.keys(undelivered) as Undelivered[]) undelivered[why] += traffic.undelivered[why]
  }
  return { sent: sum('sent'), received: sum('received'), undelivered }
}
