import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { smallDay } from './dispatch/small-day.ts'
import { dispatchBench } from './dispatch.ts'

const THROUGHPUT = join(import.meta.dir, '../docs/dispatch-ruleset-throughput.json')

let dir = ''
let trips = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waggle-bench-test-'))
  trips = join(dir, 'trips.csv.gz')
  await Bun.write(trips, smallDay())
})

afterAll(() => rm(dir, { recursive: true, force: true }))

async function figures(flags: string) {
  return (await dispatchBench.run(['--trips', trips, ...flags.split(' ')], () => {})).figures
}

test('the baselines give what the yardstick of dispatch quality gives for the same trips, fleet and seed', async () => {
  // Printed by the yardstick, a program of its own that shares no code with these.
  expect(await figures('--policy greedy --drivers 60 --seed 3')).toMatchObject({
    served_share: 0.58,
    pickup_mean_s: 610.4,
    pickup_p90_s: 1052.5,
    wait_mean_s: 772,
    wait_p90_s: 1281.5,
  })
  expect(await figures('--policy batch --window 5 --drivers 60 --seed 3')).toMatchObject({
    served_share: 0.6967,
    pickup_mean_s: 287.5,
    pickup_p90_s: 561.7,
    wait_mean_s: 367.2,
    wait_p90_s: 618,
  })
  expect(
    await figures('--policy batch --window 20 --drivers 40 --seed 4 --patience 200 --max-pickup 600'),
  ).toMatchObject({
    served_share: 0.4867,
    pickup_mean_s: 233.4,
    pickup_p90_s: 469.2,
    wait_mean_s: 303,
    wait_p90_s: 556.2,
  })
})

test('the engine serves everybody where there are drivers enough, and refuses nothing that is in order', async () => {
  const result = await figures('--policy waggle --drivers 300 --window 2 --seed 3')
  expect(result).toMatchObject({
    requests: 300,
    served_share: 1,
    chained_share: 0,
    offers_per_assignment: 1,
    refused_commands: {},
    refused_positions: 0,
  })
})

test('the engine is not far behind the best batch where drivers are scarce, also on two threads', async () => {
  for (const spread of ['--threads 1', '--threads 2 --shards 8']) {
    const { served_share, pickup_mean_s } = await figures(`--policy waggle --drivers 60 --window 5 --seed 3 ${spread}`)
    expect(served_share).toBeGreaterThan(0.67)
    expect(pickup_mean_s).toBeLessThan(310)
  }
})

test('the same seed gives the same figures', async () => {
  const flags = '--policy broadcast --offers-at-once 3 --drivers 40 --accept 0.7 --silent 0.1 --seed 5'
  const withoutTimes = async () =>
    Object.fromEntries(Object.entries(await figures(flags)).filter(([name]) => !/^solver_|^wall_/.test(name)))
  const first = await withoutTimes()
  expect(first.offers_per_assignment).toBeGreaterThan(1)
  expect(await withoutTimes()).toEqual(first)
})

test('a fleet can stand where a file says', async () => {
  const fleet = join(dir, 'fleet.csv')
  await Bun.write(fleet, 'vehicle_id,lat,lng\ndrv_0,37.75,-122.44\ndrv_1,37.76,-122.43\n')
  expect(await figures(`--policy batch --drivers ${fleet}`)).toMatchObject({ drivers: 2 })
})

test('an unreadable or empty recording gives a sentence', async () => {
  expect(figures('--from 1 --to 2')).rejects.toThrow('has no trips in that period')
  expect(dispatchBench.run(['--trips', join(dir, 'none.csv')], () => {})).rejects.toThrow('there is no file')
})

test('a city that straddles two matching cells is served as well as one in the middle of one', async () => {
  const flags = '--policy waggle --drivers 60 --window 5 --seed 3'
  const whole = await figures(flags)
  const halved = await figures(`${flags} --shift-lng border`)
  expect(whole.largest_matching_cell_share).toBe(1)
  expect(Number(halved.largest_matching_cell_share)).toBeLessThan(0.7)
  expect(Math.abs(Number(halved.served_share) - Number(whole.served_share))).toBeLessThan(0.04)
})

test('with look-ahead no fewer are served where drivers are scarce, and the mean wait is hardly longer', async () => {
  const flags = '--policy waggle --drivers 45 --window 5 --seed 3'
  const without = await figures(flags)
  const ahead = await figures(`${flags} --look-ahead 60`)
  expect(Number(ahead.chained_share)).toBeGreaterThan(0.2)
  expect(Number(ahead.served_share)).toBeGreaterThanOrEqual(Number(without.served_share))
  // Who is served besides has waited: here 1 % of a mean of six minutes.
  expect(Number(ahead.wait_mean_s)).toBeLessThan(Number(without.wait_mean_s) * 1.05)
  expect(ahead.refused_commands).toEqual({})
})

test('long trips do not pay for what is served, unless the operator has chosen so', async () => {
  const flags = '--drivers 30 --window 5 --seed 1'
  const batch = await figures(`--policy batch ${flags}`)
  const fair = await figures(`--policy waggle ${flags}`)
  const throughput = await figures(`--policy waggle ${flags} --ruleset ${THROUGHPUT}`)
  const longOf = (run: typeof fair) => Number(run.served_share_longest_quarter)
  expect(longOf(fair)).toBeGreaterThan(longOf(batch) - 0.04)
  expect(Number(fair.served_share)).toBeGreaterThanOrEqual(Number(batch.served_share))
  expect(longOf(throughput)).toBeLessThan(longOf(fair) - 0.04)
  expect(Number(throughput.served_share)).toBeGreaterThan(Number(fair.served_share))
})

test('couriers come on duty and leave by their file, and nothing leaves a kitchen before it is ready', async () => {
  const deliveries = join(dir, 'deliveries.csv')
  const couriers = join(dir, 'couriers.csv')
  const place = '37.75,-122.44'
  const rows = ['1000,1900', '1010,1010', '9000,9000'].map(times => `${times},${place},37.76,-122.44`)
  await Bun.write(deliveries, `placed_ts,ready_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng\n${rows.join('\n')}\n`)
  await Bun.write(couriers, `courier_id,lat,lng,on_ts,off_ts\nc1,${place},0,8000\n`)
  const run = (policy: string) =>
    dispatchBench.run(
      ['--trips', deliveries, '--couriers', couriers, '--policy', policy, '--patience', '600'],
      () => {},
    )
  for (const policy of ['batch', 'waggle']) {
    // The second gives up while the courier waits for the first meal; when the third comes nobody is on duty.
    expect((await run(policy)).figures).toMatchObject({ drivers: 1, requests: 3, served_share: 0.3333 })
  }
})
