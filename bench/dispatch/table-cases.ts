/** What the table of dispatch quality compares, as flags of the dispatch bench: the most important first. */
export interface TableCase {
  readonly city: string
  readonly policy: string
  /** File names are those of recordings, or of rulesets in docs/. */
  readonly flags: string
  /** Where nothing is drawn, or it is there for orientation, one seed says all. */
  readonly seeds: 'all' | 'first'
}

const HOUR = '--trips trips_sf_overlay15_evening_dev.csv.gz'
const SECOND_HOUR = `${HOUR} --from 1212195600 --to 1212199200`
const EVENING = '--trips trips_sf_2008-05-17_31_dev.csv.gz --from 1211608800 --to 1211619600'

const BATCH = { policy: 'optimal batch', flags: '--policy batch' }
const WAGGLE = { policy: 'waggle', flags: '--policy waggle' }
const AHEAD = { policy: 'waggle, look-ahead 60', flags: '--policy waggle --look-ahead 60' }
const NEAREST = { policy: 'nearest first', flags: '--policy greedy' }
const THROUGHPUT = { policy: 'waggle, throughput', flags: '--policy waggle --ruleset dispatch-ruleset-throughput.json' }
const THROUGHPUT_AHEAD = { policy: 'waggle, throughput, look-ahead 60', flags: `${THROUGHPUT.flags} --look-ahead 60` }
const BATCH_20 = { policy: 'optimal batch, window 20', flags: '--policy batch --window 20' }
const DECLINED = { policy: 'waggle, 10 % declined, 5 % silent', flags: '--policy waggle --accept 0.85 --silent 0.05' }
const SPREAD = { policy: 'waggle, 8 shards on 2 threads', flags: '--policy waggle --shards 8 --threads 2' }
const BORDER = { policy: 'waggle, borders through the city', flags: '--policy waggle --shift-lng border' }

type Policy = Pick<TableCase, 'policy' | 'flags'>
const MAIN = [BATCH, WAGGLE, AHEAD]

export const TABLE_CASES: readonly TableCase[] = [
  ...secondHour(2_000, MAIN),
  ...secondHour(2_600, MAIN),
  ...['0', '4'].flatMap(n => deliveries(n, [BATCH, WAGGLE, AHEAD, NEAREST])),
  ...secondHour(1_000, MAIN),
  ...secondHour(1_400, MAIN),
  ...cases('fourth hour, 2000 drivers', `${HOUR} --from 1212202800 --to 1212206400 --drivers 2000`, MAIN),
  ...[150, 200, 300].flatMap(drivers =>
    cases(`a plain evening, ${drivers} drivers`, `${EVENING} --drivers ${drivers}`, MAIN),
  ),
  ...secondHour(2_000, [DECLINED, SPREAD, BORDER]),
  ...cases('first hour, 1500 drivers', `${HOUR} --from 1212192000 --to 1212195600 --drivers 1500`, MAIN),
  ...secondHour(2_000, [THROUGHPUT, THROUGHPUT_AHEAD]),
  ...secondHour(1_000, [THROUGHPUT]),
  ...secondHour(2_600, [THROUGHPUT]),
  ...[2_000, 2_600, 1_000].flatMap(drivers => secondHour(drivers, [NEAREST, BATCH_20], 'first')),
  ...secondHour(3_200, MAIN, 'first'),
]

function secondHour(drivers: number, policies: readonly Policy[], seeds: TableCase['seeds'] = 'all'): TableCase[] {
  return cases(`second hour, ${drivers} drivers`, `${SECOND_HOUR} --drivers ${drivers}`, policies, seeds)
}

function deliveries(n: string, policies: readonly Policy[]): TableCase[] {
  const files = `--trips delivery_mdrp_${n}o100t100s1p100.csv.gz --couriers couriers_mdrp_${n}o100t100s1p100.csv.gz`
  return cases(`deliveries ${n}`, `${files} --patience 900`, policies, 'first')
}

function cases(
  city: string,
  cityFlags: string,
  policies: readonly Policy[],
  seeds: TableCase['seeds'] = 'all',
): TableCase[] {
  return policies.map(({ policy, flags }) => ({ city, policy, flags: `${cityFlags} ${flags}`, seeds }))
}
