/** What one node, or one thread of it, has said and heard over the bus between nodes, by kind of subject. */
export interface BusTraffic {
  readonly sent: Readonly<Record<string, Flow>>
  readonly received: Readonly<Record<string, Flow>>
}

export interface Flow {
  readonly messages: number
  readonly bytes: number
}

export const NO_TRAFFIC: BusTraffic = { sent: {}, received: {} }

/** Counts where it happens: two additions for each message. */
export class TrafficCounter {
  readonly #sent: Record<string, { messages: number; bytes: number }> = {}
  readonly #received: Record<string, { messages: number; bytes: number }> = {}

  sent(subject: string, bytes: number): void {
    add(this.#sent, subject, bytes)
  }

  received(subject: string, bytes: number): void {
    add(this.#received, subject, bytes)
  }

  get traffic(): BusTraffic {
    return { sent: this.#sent, received: this.#received }
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
  return { sent: sum('sent'), received: sum('received') }
}
