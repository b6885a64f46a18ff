/** What the nodes of a cluster of our own have said over NATS, as their `/metrics` count it. */
import type { Figures } from '../bench.ts'

export interface BusCount {
  readonly messages: number
  readonly bytes: number
}

/** By kind of subject: `shard` (to a shard’s node), `gateway` (answers), `live` and `fixes` (for watchers) and what is seldom. */
export type BusCounts = Readonly<Record<string, BusCount>>

const SAMPLE = /^waggle_bus_(messages|bytes)_total\{way="sent",kind="(\w+)"\} (\d+)$/gm

/** Of all nodes together; none: embedded, nothing is said. */
export async function readBus(nodeUrls: readonly string[], token: string): Promise<BusCounts> {
  const sum: Record<string, { messages: number; bytes: number }> = {}
  for (const url of nodeUrls) {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    for (const [, unit, kind = '', value] of (await response.text()).matchAll(SAMPLE)) {
      const count = sum[kind] ?? { messages: 0, bytes: 0 }
      sum[kind] = count
      count[unit === 'bytes' ? 'bytes' : 'messages'] += Number(value)
    }
  }
  return sum
}

/** What is said anyway (leases, interest) is little, and in it. */
export function busFigures(before: BusCounts, after: BusCounts, per: string, count: number): Figures {
  const figures: Record<string, number> = {}
  for (const [kind, { messages, bytes }] of Object.entries(after)) {
    const was = before[kind] ?? { messages: 0, bytes: 0 }
    figures[`nats_${kind}_messages_per_${per}`] = rounded((messages - was.messages) / count)
    figures[`nats_${kind}_bytes_per_${per}`] = rounded((bytes - was.bytes) / count)
  }
  return figures
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
