/**
 * Is an engine of actors worth it, against the pipeline that most teams would build instead? Both take the same positions
 * from the same clients over the same protocol, acknowledge after the commit in the same Postgres, and tell the same watchers.
 *
 * What to expect on 2 cores with the generator on them: a position costs the baseline a decoding and an encoding more at the
 * gateway, a copy into Redis and out of it, a decoding at the consumer, SETEX and GEOADD (4 µs of Redis and of its client
 * together) and the same COPY: some 25 µs, of which half is Redis and its clients. A node decodes once, passes it to a
 * thread, keeps it in memory and copies it: half of that or less. Two round trips to Redis and one over its channel add
 * 1 to 2 ms to an acknowledgement. Which Postgres it is and how it is set is the same for both.
 */
import { loadavg } from 'node:os'
import type { Bench, Figures } from './bench.ts'
import { isSustained, nextStep, type Search, startSearch } from './pipeline/find-max.ts'
import { PIPELINE_HELP, type PipelineOptions, readPipelineOptions, type SystemName } from './pipeline/options.ts'
import { startServers } from './pipeline/servers.ts'
import { startSystems } from './pipeline/systems.ts'
import { runTrial, type System, type Trial, trialFigures } from './pipeline/trial.ts'
import { rounded } from './rounded.ts'

export const pipelineBench: Bench = {
  name: 'pipeline',
  question:
    'How does it compare with Redis Streams, consumers and Postgres, at the same rate and at the maximum of each?',
  help: PIPELINE_HELP,
  run: async (argv, progress) => {
    const options = readPipelineOptions(argv)
    const servers = await startServers(progress)
    try {
      const running = await startSystems(servers, options, progress)
      try {
        const { fsync, synchronous_commit, version } = running.server
        const figures = await compared(running.systems, options, progress)
        return { figures: { ...figures, fsync, synchronous_commit }, postgresVersion: version }
      } finally {
        await running.stop()
      }
    } finally {
      await servers.stop()
    }
  },
}

type Progress = (sentence: string) => void

async function compared(systems: readonly System[], options: PipelineOptions, progress: Progress): Promise<Figures> {
  const loadBefore = rounded(loadavg()[0] ?? 0)
  const maxima = options.findMaxFromPerS === null ? null : await findMaxima(systems, options, progress)
  const trials = new Map<SystemName, Trial[]>()
  for (let round = 0; round < options.rounds; round++) {
    for (const system of systems) {
      const ratePerS = maxima?.get(system.name) ?? options.ratePerS
      if (ratePerS === 0) continue
      const trial = await told(system, options, ratePerS, progress)
      trials.set(system.name, [...(trials.get(system.name) ?? []), trial])
    }
  }
  const { protocol, drivers, durationS, rounds, consumers, store, watchers } = options
  return {
    protocol,
    drivers,
    seconds: durationS,
    rounds,
    watchers,
    baseline_consumers: consumers,
    baseline_store: store,
    ...Object.fromEntries([...trials].map(([name, of]) => [name, trialFigures(of)])),
    ...ratios(trials),
    ...(maxima === null ? {} : { sustained_per_s: Object.fromEntries(maxima) }),
    load_average_before: loadBefore,
  }
}

async function findMaxima(
  systems: readonly System[],
  options: PipelineOptions,
  progress: Progress,
): Promise<ReadonlyMap<SystemName, number>> {
  const searches = new Map<SystemName, Search>()
  for (const { name } of systems) searches.set(name, startSearch(options.ratePerS))
  while ([...searches.values()].some(search => !search.isOver)) {
    for (const system of systems) {
      const search = searches.get(system.name)
      if (search === undefined || search.isOver) continue
      const sustained = await isSustainedBy(system, options, search.nextPerS, progress)
      searches.set(system.name, nextStep(search, sustained))
    }
  }
  return new Map([...searches].map(([name, { goodPerS }]) => [name, goodPerS]))
}

/** A noisy neighbour fails a try that would have passed: only two failures count. */
async function isSustainedBy(system: System, options: PipelineOptions, ratePerS: number, progress: Progress) {
  const first = await told(system, options, ratePerS, progress)
  return isSustained(first) || isSustained(await told(system, options, ratePerS, progress))
}

async function told(system: System, options: PipelineOptions, ratePerS: number, progress: Progress): Promise<Trial> {
  const trial = await runTrial(system, options, ratePerS)
  const { acked, sent, ack, drainMs, lateness } = trial
  const cpuS = Object.entries(trial.cpuS).map(([name, s]) => `${name} ${rounded(s)} s`)
  progress(
    `${system.name} at ${ratePerS}/s: ${acked} of ${sent}, p50 ${rounded(ack.quantile(0.5))} ms, p99 ${rounded(ack.quantile(0.99))} ms, ` +
      `drained in ${rounded(drainMs)} ms, generator late by ${rounded(lateness.quantile(0.99))} ms (p99); ${cpuS.join(', ')}, ` +
      `others ${rounded(trial.othersCores ?? 0)} cores`,
  )
  return trial
}

function ratios(trials: ReadonlyMap<SystemName, readonly Trial[]>): Figures {
  const [waggle, baseline] = [trials.get('waggle'), trials.get('baseline')]
  if (!waggle || !baseline) return {}
  const rate = (of: readonly Trial[]): number => of.reduce((sum, t) => sum + t.ackedPerS, 0) / of.length
  const cpu = (of: readonly Trial[]): number =>
    of.reduce((sum, t) => sum + Object.values(t.cpuS).reduce((all, s) => all + s, 0), 0) /
    of.reduce((sum, t) => sum + t.acked, 0)
  return {
    waggle_rate_of_baseline: rounded(rate(waggle) / rate(baseline)),
    waggle_cpu_of_baseline: rounded(cpu(waggle) / cpu(baseline)),
  }
}
