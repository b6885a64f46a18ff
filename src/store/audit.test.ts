import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { dayOf } from '../actors/runtime/history-day.ts'
import { audit } from './audit.ts'
import { AUDIT_CHECKS } from './audit-checks.ts'
import { migrate } from './migrations/migrate.ts'
import { ensurePartitions } from './partitions.ts'
import { connect, type Sql } from './postgres.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql

/** 2025-06-15T12:00:00Z */
const NOW = 1_749_988_800_000

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'test' })
  await migrate(sql)
  await ensurePartitions(sql, [dayOf(NOW)])
}, 30_000)

beforeEach(async () => {
  await sql`truncate shards, orders, drivers, assignments, journal, positions restart identity`
  await sql.unsafe(SOUND)
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

/**
 * A small evening. ord_a: given to drv_1, given up, delivered by drv_2. ord_b: handed from drv_1 to drv_2 in one instant,
 * under way. ord_c: scheduled. ord_d: expired. ord_e: cancelled with its driver. drv_2 can take 2, and lowered it later to 1.
 */
const SOUND = `
insert into shards (shard, epoch, owner, seq) values (1, 4, 'node', 19), (2, 1, 'node', 3), (3, 1, 'node', 0);
insert into drivers (driver_id, home_shard, epoch, version, status, capacity, load, load_version) values
  ('drv_1', 2, 1, 1, 'available', 1, 0, 3), ('drv_2', 2, 1, 2, 'busy', 1, 1, 2), ('drv_3', 2, 1, 0, 'offline', 1, 0, 0);
insert into orders values
  ('ord_a', 1, 9, 'delivered', null, 'drv_2', now(), now(), now(), '{}'),
  ('ord_b', 1, 4, 'en_route_to_pickup', null, 'drv_2', now(), now(), now(), '{}'),
  ('ord_c', 1, 1, 'scheduled', null, null, now(), now(), now(), '{}'),
  ('ord_d', 1, 2, 'expired', null, null, now(), now(), now(), '{}'),
  ('ord_e', 1, 3, 'cancelled', null, 'drv_1', now(), now(), now(), '{}');
insert into assignments (order_id, offer_id, driver_id, size, started_at, ended_at) values
  ('ord_a', 'off_a-1', 'drv_1', 1, '2025-06-15 12:00:00Z', '2025-06-15 12:01:00Z'),
  ('ord_a', 'off_a-2', 'drv_2', 1, '2025-06-15 12:02:00Z', '2025-06-15 12:09:00Z'),
  ('ord_b', 'off_b-1', 'drv_1', 1, '2025-06-15 12:01:00Z', '2025-06-15 12:03:00Z'),
  ('ord_b', 'off_b-2', 'drv_2', 1, '2025-06-15 12:03:00Z', null),
  ('ord_e', 'off_e-1', 'drv_1', 1, '2025-06-15 12:03:00Z', '2025-06-15 12:04:00Z');
insert into journal
  select 1, row_number() over (), now(), 'order', id, version, type, data::jsonb from (values
    ('ord_a', 1, 'placed', '{}'),
    ('ord_a', 2, 'offered', '{}'),
    ('ord_a', 3, 'assigned', '{"driverId": "drv_1", "offerId": "off_a-1", "size": 1}'),
    ('ord_a', 4, 'unassigned', '{"driverId": "drv_1"}'),
    ('ord_a', 5, 'assigned', '{"driverId": "drv_2", "offerId": "off_a-2", "size": 1}'),
    ('ord_a', 6, 'status', '{"driverId": "drv_2", "status": "en_route_to_pickup"}'),
    ('ord_a', 7, 'status', '{"driverId": "drv_2", "status": "at_pickup"}'),
    ('ord_a', 8, 'status', '{"driverId": "drv_2", "status": "en_route_to_dropoff"}'),
    ('ord_a', 9, 'status', '{"driverId": "drv_2", "status": "delivered"}'),
    ('ord_b', 1, 'placed', '{}'),
    ('ord_b', 2, 'assigned', '{"driverId": "drv_1", "offerId": "off_b-1", "size": 1}'),
    ('ord_b', 3, 'assigned', '{"driverId": "drv_2", "offerId": "off_b-2", "size": 1}'),
    ('ord_b', 4, 'status', '{"driverId": "drv_2", "status": "en_route_to_pickup"}'),
    ('ord_c', 1, 'placed', '{}'),
    ('ord_d', 1, 'placed', '{}'),
    ('ord_d', 2, 'expired', '{}'),
    ('ord_e', 1, 'placed', '{}'),
    ('ord_e', 2, 'assigned', '{"driverId": "drv_1", "offerId": "off_e-1", "size": 1}'),
    ('ord_e', 3, 'cancelled', '{"reason": "late"}')
  ) as events (id, version, type, data);
insert into journal values
  (2, 1, now(), 'driver', 'drv_1', 1, 'registered', '{"profile": {"capacity": 1}}'),
  (2, 2, now(), 'driver', 'drv_2', 1, 'registered', '{"profile": {"capacity": 2}}'),
  (2, 3, now(), 'driver', 'drv_2', 2, 'updated', '{"patch": {"capacity": 1}}');
insert into positions values
  ('drv_1', '2025-06-15 12:00:00Z', now(), 1, 2, null, null, null, null, 0),
  ('drv_1', '2025-06-15 12:00:01Z', now(), 1, 2, null, null, null, null, 1)`

const broken = async () => (await audit(sql)).violations.map(violation => violation.check).toSorted()

test('a sound record has no violations', async () => {
  expect(await audit(sql)).toEqual({ orders: 5, assignments: 5, drivers: 3, positions: 2, violations: [] })
})

test('an empty record has no violations', async () => {
  await sql`truncate shards, orders, drivers, assignments, journal, positions`
  expect(await audit(sql)).toEqual({ orders: 0, assignments: 0, drivers: 0, positions: 0, violations: [] })
})

/** What is done to the record behind the engine's back, and which checks notice. */
const FAULTS: readonly (readonly [what: string, sql: string, checks: readonly string[]])[] = [
  [
    'an order is with two drivers for a second',
    `update assignments set ended_at = ended_at + interval '1 s' where offer_id = 'off_b-1'`,
    ['beyond_capacity', 'two_drivers_at_once'],
  ],
  [
    'an ended assignment was never ended',
    `drop index assignments_one_active; update assignments set ended_at = null where offer_id = 'off_b-1'`,
    ['beyond_capacity', 'load_is_not_the_sum', 'status_without_its_assignment', 'two_drivers_at_once'],
  ],
  [
    'a driver had more than it could ever take',
    `update assignments set size = 2 where offer_id = 'off_a-2'; update journal set data = data || '{"size": 2}' where data->>'offerId' = 'off_a-2'`,
    ['beyond_capacity'],
  ],
  [
    'an order costs something else than was agreed to',
    `update orders set state = '{"terms": {"price": {"amount": 5, "breakdown": [{"amount": 5}]}}}' where order_id = 'ord_a';
     update journal set data = '{"terms": {"price": {"amount": 4}}}' where actor_id = 'ord_a' and type = 'placed'`,
    ['price_differs_from_journal'],
  ],
  [
    'an order for later is promised to somebody who was never asked',
    `update orders set driver_id = 'drv_1' where order_id = 'ord_c'`,
    ['promised_to_another'],
  ],
  [
    'an order was delivered without its proof',
    `update orders set state = '{"terms": {"proof": {"required": ["pin"]}}}' where order_id = 'ord_a'`,
    ['delivered_without_proof'],
  ],
  [
    'a rating is not in the journal',
    `insert into ratings values ('ord_a', 'customer', 'drv_2', null, 5, now())`,
    ['ratings_differ_from_journal'],
  ],
  ['a load was not given back', `update drivers set load = 1 where driver_id = 'drv_1'`, ['load_is_not_the_sum']],
  [
    'an assignment is in no journal',
    `insert into assignments (order_id, offer_id, driver_id, size, started_at, ended_at)
     values ('ord_d', 'off_d-1', 'drv_1', 1, '2025-06-15 13:00Z', '2025-06-15 13:01Z')`,
    ['assignment_without_event'],
  ],
  ['an assignment is lost', `delete from assignments where offer_id = 'off_e-1'`, ['event_without_assignment']],
  [
    'a driver moved an order that another one has',
    `update journal set data = data || '{"driverId": "drv_1"}' where actor_id = 'ord_a' and version = 7`,
    ['not_its_driver'],
  ],
  [
    'a driver gave up an order that another one had',
    `update journal set data = data || '{"driverId": "drv_2"}' where actor_id = 'ord_a' and version = 4`,
    ['not_its_driver'],
  ],
  [
    'an order has two ends',
    `insert into journal values (1, 20, now(), 'order', 'ord_a', 10, 'expired', '{}');
     update shards set seq = 20 where shard = 1; update orders set version = 10, status = 'expired' where order_id = 'ord_a'`,
    ['moved_after_its_end'],
  ],
  [
    'a row says something else than its journal',
    `update orders set status = 'at_pickup' where order_id = 'ord_b'`,
    ['row_differs_from_journal'],
  ],
  [
    'a row names another driver than its journal',
    `update orders set driver_id = 'drv_1' where order_id = 'ord_b'`,
    ['row_differs_from_journal', 'status_without_its_assignment'],
  ],
  [
    'an order is forgotten, and its journal is not',
    `delete from orders where order_id = 'ord_d'`,
    ['hole_in_an_actor', 'row_differs_from_journal'],
  ],
  [
    'an event is lost',
    `delete from journal where actor_id = 'ord_a' and version = 2`,
    ['hole_in_an_actor', 'hole_in_the_journal'],
  ],
  ['the last event of a shard is lost', `update shards set seq = 20 where shard = 1`, ['hole_in_the_journal']],
  [
    'the first event of a shard was never written',
    `update shards set seq = 1 where shard = 3`,
    ['hole_in_the_journal'],
  ],
  ['a row is ahead of its journal', `update drivers set version = 3 where driver_id = 'drv_2'`, ['hole_in_an_actor']],
  [
    'a fare is not the sum of its lines',
    `update orders set state = '{"terms": {"price": {"amount": 700, "breakdown": [{"amount": 400}, {"amount": 299}]}}}'
     where order_id = 'ord_c'`,
    ['fare_is_not_its_lines'],
  ],
  [
    'a fare was changed by nothing that happened',
    `update orders set state = '{"adjustments": [{"code": "waiting", "amount": 5}]}' where order_id = 'ord_a'`,
    ['adjustments_differ_from_journal'],
  ],
  [
    'a position is there twice',
    `alter table positions drop constraint positions_pkey;
     insert into positions select * from positions where flags = 1`,
    ['position_twice'],
  ],
]

describe('the audit notices that', () => {
  for (const [what, fault, checks] of FAULTS) {
    test(what, async () => {
      await sql
        .begin(async tx => {
          await tx.unsafe(fault)
          const report = await Promise.all(
            AUDIT_CHECKS.map(async check => [check.name, (await tx.unsafe(check.sql)).length] as const),
          )
          expect(report.flatMap(([name, found]) => (found > 0 ? [name] : [])).toSorted()).toEqual([...checks])
          throw new RollBack()
        })
        .catch(error => {
          if (!(error instanceof RollBack)) throw error
        })
    })
  }

  test('and none of its checks is without a fault that it notices', () => {
    const noticed = new Set(FAULTS.flatMap(([, , checks]) => checks))
    expect(AUDIT_CHECKS.map(check => check.name).filter(name => !noticed.has(name))).toEqual([])
  })
})

class RollBack extends Error {}

test('a violation is counted, and shown by a few examples', async () => {
  await sql`update drivers set load = 7`
  const { violations } = await audit(sql)
  expect(violations).toMatchObject([{ check: 'load_is_not_the_sum', count: 3 }])
  expect(violations[0]?.examples).toContainEqual({ driver_id: 'drv_2', load: 7, active: 1 })
  expect(await broken()).toEqual(['load_is_not_the_sum'])
})

describe('as a command', () => {
  const run = (...args: string[]) =>
    Bun.spawnSync([process.execPath, `${import.meta.dir}/audit.ts`, ...args], { stdout: 'pipe', stderr: 'pipe' })

  test('it prints one line and exits 0 where all is well, 1 where something is violated', async () => {
    const well = run('--url', database.url)
    expect([well.exitCode, JSON.parse(well.stdout.toString())]).toMatchObject([0, { orders: 5, violations: [] }])
    await sql`update drivers set load = 7`
    const ill = run('--url', database.url)
    expect([ill.exitCode, JSON.parse(ill.stdout.toString()).violations.length]).toEqual([1, 1])
  })

  test('it says how it is used, and needs no record for that', () => {
    for (const flag of ['--help', '-h']) {
      const helped = run(flag)
      expect([helped.exitCode, helped.stderr.toString()]).toEqual([0, ''])
      for (const word of ['audit:record', '--url', '--data-dir']) expect(helped.stdout.toString()).toContain(word)
    }
  })

  test('it exits 2 with a sentence where there is nothing to check', () => {
    for (const args of [[], ['--url', 'postgres://nobody@127.0.0.1:1/none']]) {
      const failed = run(...args)
      expect(failed.exitCode).toBe(2)
      expect(failed.stderr.toString().length).toBeGreaterThan(20)
      expect(failed.stdout.toString()).toBe('')
    }
  })
})
