/**
 * How many messages a second does a node deliver to those who watch, and what does one of them who reads nothing cost the others?
 *
 * What to expect: a message becomes text once per topic; a delivery is then a `send` of the platform, some 3 µs with its system call
 * (many messages of a turn go as one write), and as much again at the client in the same machine: 150,000 a second take about
 * half of each of two cores. A reader that reads nothing gets into its socket's buffers what fits, then the latest only.
 */
import { loadavg } from 'node:os'
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { connect, disconnect } from '../src/store/postgres.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { showEveryDriver } from './ingest/first-sight.ts'
import { benchFleet } from './ingest/fleet.ts'
import { Ledger } from './ingest/ledger.ts'
import { readSafeServer, readWal, serverFigures, walFigures } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { LIVE_HELP, type LiveOptions, readLiveOptions } from './live/options.ts'
import { type Round, runRound } from './live/round.ts'
import { rounded, roundedOrNull } from './rounded.ts'

export const liveBench: Bench = {
  name: 'live',
  question: 'How many messages a second reach those who watch, and does a slow reader delay the others?',
  help: LIVE_HELP,
  run: async (argv, progress) => {
    const options = readLiveOptions(argv)
    const rig = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress)
    try {
      return await measured(rig, options, progress)
    } finally {
      await rig.stop()
    }
  },
}

async function measured(rig: Rig, options: LiveOptions, progress: (sentence: string) => void): Promise<BenchResult> {
  const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench live' })
  try {
    const server = await readSafeServer(sql)
    const loadBefore = rounded(loadavg()[0] ?? 0)
    const fleet = benchFleet(options.drivers, Math.floor(nowMs()).toString(36))
    await showEveryDriver(rig, fleet, new Ledger(fleet.size))
    const walBefore = await readWal(sql)
    const [all, one]: [Round[], Round[]] = [[], []]
    for (let round = 0; round < options.rounds; round++) {
      progress(`round ${round + 1}: all read`)
      all.push(await runRound(rig, fleet, options, 'all read'))
      progress(`round ${round + 1}: one reads nothing`)
      one.push(await runRound(rig, fleet, options, 'one reads nothing'))
    }
    const wal = await readWal(sql)
    const slow = one.flatMap(round => round.slow ?? [])
    return {
      figures: {
        watchers: options.watchers,
        rate: options.ratePerS,
        seconds: options.durationS,
        rounds: options.rounds,
        deliveries_due_per_s: options.ratePerS * options.watchers,
        ...roundFigures(all),
        with_a_slow_reader: {
          ...roundFigures(one),
          slow_reader_gaps: slow.reduce((sum, s) => sum + s.gaps, 0),
          slow_reader_announced: slow.reduce((sum, s) => sum + s.announced, 0),
          slow_reader_missed_silently: slow.reduce((sum, s) => sum + s.missedSilently, 0),
        },
        load_average_before: loadBefore,
        ...walFigures(walBefore, wal),
        ...serverFigures(server),
      },
      postgresVersion: server.version,
    }
  } finally {
    await disconnect(sql)
  }
}

function roundFigures(rounds: readonly Round[]): Figures {
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0)
  const [age, lateness] = [new Histogram(), new Histogram()]
  for (const round of rounds) {
    age.merge(round.age)
    lateness.merge(round.lateness)
  }
  const cpuS = sum(round => round.cpu.servedS ?? 0)
  return {
    deliveries_per_s: rounded(sum(round => round.deliveredPerS) / rounds.length, 0),
    due: sum(round => round.due),
    delivered: sum(round => round.delivered),
    announced_as_missed: sum(round => round.announced),
    missed_silently: sum(round => round.missedSilently),
    delivery_p50_ms: rounded(age.quantile(0.5)),
    delivery_p99_ms: rounded(age.quantile(0.99)),
    node_cpu_us_per_delivery: rounded(
      (cpuS /
        Math.max(
          1,
          sum(round => round.delivered),
        )) *
        1e6,
    ),
    generator_cpu_share: roundedOrNull(rounds.at(-1)?.cpu.generatorShare ?? null),
    generator_late_p99_ms: rounded(lateness.quantile(0.99)),
    others_cores: rounded(sum(round => round.cpu.othersCores ?? 0) / rounds.length),
  }
}
