/** The orders of the ledger against the record: rows, journal, and what nobody should have been told. */
import { ORDERS_WITH_TERMS } from '../store/order-document.ts'
import type { Sql } from '../store/postgres.ts'
import { judgeAck, judgeOffer, judgeOfferLife, judgeTold } from './judge.ts'
import { judgeBooking } from './judge-booking.ts'
import type { Ledger } from './ledger.ts'
import type { OfferFacts } from './offer-book.ts'
import { type JournalEvent, type OrderLife, replay } from './replay.ts'

/** Orders of one query. */
const PAGE_MAX = 500

interface Row {
  readonly orderId: string
  readonly reference: string | null
  readonly pickup: string
  readonly size: number | null
  readonly status: string
  readonly driverId: string | null
  readonly version: number
}

/** @param runId  begins every reference of this run. */
export async function checkOrders(sql: Sql, ledger: Ledger, runId: string): Promise<void> {
  await checkReferences(sql, ledger, runId)
  const offers = Map.groupBy(ledger.offers.all(), offer => offer.orderId)
  const orderIds = [...new Set([...ledger.told.keys(), ...ledger.acks.keys(), ...offers.keys()])]
  const booked = new Map([...ledger.booked.values()].map(order => [order.orderId, order]))
  for (let from = 0; from < orderIds.length; from += PAGE_MAX) {
    const page = orderIds.slice(from, from + PAGE_MAX)
    const [rows, lives] = [await readRows(sql, page), await readLives(sql, page)]
    for (const orderId of page) {
      const [row, life] = [rows.get(orderId), lives.get(orderId)]
      if (row === undefined || life === undefined) {
        ledger.findings.add({ kind: 'lost', what: 'an order is not in the record', about: { order: orderId } })
        continue
      }
      checkRow(ledger, row, booked.get(orderId)?.terms ?? null)
      checkLife(ledger, orderId, life, offers.get(orderId) ?? [])
    }
  }
}

/** One key, one order: acknowledged or not. */
async function checkReferences(sql: Sql, ledger: Ledger, runId: string): Promise<void> {
  const twice = await sql<{ reference: string; orders: string[] }[]>`
    select terms ->> 'reference' as reference, array_agg(order_id) as orders
    from ${sql.unsafe(ORDERS_WITH_TERMS)} as o where starts_with(terms ->> 'reference', ${runId})
    group by 1 having count(*) > 1`
  for (const about of twice) ledger.findings.add({ kind: 'repeated', what: 'one key, two orders', about: { ...about } })
}

async function readRows(sql: Sql, orderIds: readonly string[]): Promise<Map<string, Row>> {
  const rows = await sql<Row[]>`
    select order_id as "orderId", terms ->> 'reference' as reference,
      (terms -> 'pickup' ->> 'latitude') || ' ' || (terms -> 'pickup' ->> 'longitude') as pickup,
      (terms ->> 'size')::int as size, status, driver_id as "driverId", version
    from ${sql.unsafe(ORDERS_WITH_TERMS)} as o where order_id = any(${orderIds as string[]})`
  return new Map(rows.map(row => [row.orderId, row]))
}

async function readLives(sql: Sql, orderIds: readonly string[]): Promise<Map<string, OrderLife>> {
  const events = await sql<(JournalEvent & { orderId: string })[]>`
    select actor_id as "orderId", version, type, round(extract(epoch from at) * 1000)::float8 as "atMs", data ->> 'status' as status,
      data ->> 'driverId' as "driverId", data ->> 'offerId' as "offerId", data ->> 'reason' as reason,
      (data ->> 'refused')::boolean as refused, (data ->> 'dueAtMs')::float8 as "dueAtMs", data -> 'terms' ->> 'notes' as notes, case when type = 'offered' then data -> 'offers' end as offers
    from journal where actor_kind = 'order' and actor_id = any(${orderIds as string[]})
    order by actor_id, version`
  return new Map([...Map.groupBy(events, event => event.orderId)].map(([orderId, own]) => [orderId, replay(own)]))
}

function checkRow(ledger: Ledger, row: Row, sent: Pick<Row, 'reference' | 'pickup' | 'size'> | null): void {
  if (sent === null) return
  const stored = { reference: row.reference, pickup: row.pickup, size: row.size }
  if (Bun.deepEquals(stored, { ...sent })) return
  ledger.findings.add({ kind: 'lost', what: 'stored with other terms', about: { order: row.orderId, sent, stored } })
}

function checkLife(ledger: Ledger, orderId: string, life: OrderLife, offers: readonly OfferFacts[]): void {
  const found = [
    ...[...(ledger.told.get(orderId)?.values() ?? [])].map(told => judgeTold(told, life)),
    ...(ledger.acks.get(orderId) ?? []).map(ack => judgeAck(ack, life)),
    ...offers.flatMap(offer => judgeOffer(offer, life, ledger.assignsSent.has(`${orderId} ${offer.driverId}`))),
    ...[...life.offers.values()].map(offer => judgeOfferLife(orderId, offer)),
    ...judgeBooking(orderId, life, driverId => ledger.assignsSent.has(`${orderId} ${driverId}`)),
  ]
  ledger.dues += life.events.filter(({ type }) => type === 'due').length
  for (const finding of found) if (finding !== null) ledger.findings.add(finding)
}
