/** What is too dear for each step: the whole record, replayed and compared; and whether all of it has come to rest. */
import { evolve } from '../actors/order/order.evolve.ts'
import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import type { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { RecordedEvent } from '../actors/runtime/memory/recorded.ts'
import { isEnded } from '../domain/order-lifecycle.ts'
import { check, Violation } from './violation.ts'

/** (g): `evolve` over the journal gives each row. (i): the journal of a shard has no gap. */
export function checkReplay(record: MemoryRecord): void {
  const states = new Map<string, OrderState | null>()
  const last = new Map<number, number>()
  for (const event of record.journal()) {
    const { shard, seq, actorId } = event
    check(seq === (last.get(shard) ?? 0) + 1, () => `(i) shard ${shard} has a gap before ${seq}`)
    last.set(shard, seq)
    if (event.actorKind === 'order') states.set(actorId, evolve(states.get(actorId) ?? null, eventOf(event)))
  }
  for (const row of record.orders()) {
    const state = states.get(row.orderId)
    if (!state) throw new Violation(`(g) ${row.orderId} has a row and no events`)
    const replayed = JSON.parse(JSON.stringify(state))
    check(Bun.deepEquals(replayed, row.state), () => {
      return `(g) ${row.orderId}: its events give\n${JSON.stringify(state)}\nits row is\n${JSON.stringify(row.state)}`
    })
    const { version, status } = state
    check(version === row.version && status === row.status, () => `(g) ${row.orderId}: its columns differ`)
  }
}

function eventOf({ type, atMs, data }: RecordedEvent): OrderEvent {
  return { type, atMs, ...data } as unknown as OrderEvent
}

/** (e): nothing waits for anything any more. */
export function checkEnded(record: MemoryRecord): void {
  for (const order of record.orders()) {
    check(isEnded(order.status as OrderState['status']), () => `(e) ${order.orderId} is still ${order.status}`)
  }
  for (const driver of record.drivers()) check(driver.load === 0, () => `(e) ${driver.driverId} is still loaded`)
}

export function isEverythingEnded(record: MemoryRecord): boolean {
  return (
    record.orders().every(order => isEnded(order.status as OrderState['status'])) &&
    record.drivers().every(driver => driver.load === 0)
  )
}
