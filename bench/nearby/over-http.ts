/** Reads over HTTP at a fixed rate, by turns: who is near, and where one driver is. */
import type { Figures } from '../bench.ts'
import { CpuMeter } from '../cpu-meter.ts'
import { METER_LEAD_MS } from '../reads/plan.ts'
import { Reading } from '../reads/reading.ts'
import { rounded, roundedOrNull } from '../rounded.ts'

export interface HttpReads {
  readonly url: string
  readonly token: string
  readonly pids: readonly number[]
  readonly ratePerS: number
  readonly durationS: number
  /** Of the n-th request. */
  readonly path: (n: number) => string
}

const CONNECTIONS = 32
/** Each by itself: until the compiler is done with the way that this read takes. */
const WARM_UP_S = 5
const DRAIN_MAX_S = 5
/** Different ones; after them they come again. */
const PATHS_MAX = 20_000

export async function measureReads({ url, token, pids, ratePerS, durationS, path }: HttpReads): Promise<Figures> {
  const warmUpS = Math.min(WARM_UP_S, durationS)
  const count = Math.ceil(Math.min(PATHS_MAX, ratePerS * (warmUpS + durationS)))
  const paths = Array.from({ length: count }, (_, n) => path(n))
  const common = { url, token, ratePerS, durationS, connections: CONNECTIONS, drainMaxS: DRAIN_MAX_S }
  const reading = await Reading.open({ ...common, paths, warmUpS })
  try {
    const cpu = new CpuMeter({ server: pids })
    const report = await reading.run({ onMetered: () => cpu.start([reading.pid]), onEnded: () => cpu.end() })
    const metered = ratePerS * (durationS + Math.min(METER_LEAD_MS / 1_000, warmUpS))
    return {
      rate: ratePerS,
      sent: report.sent,
      answered: report.answered,
      failed: report.failed,
      unanswered: report.unanswered,
      p50_ms: rounded(report.p50Ms),
      p99_ms: rounded(report.p99Ms),
      p999_ms: rounded(report.p999Ms),
      max_ms: rounded(report.maxMs),
      server_cpu_us_per_read: roundedOrNull(cpu.servedS === null ? null : (cpu.servedS / metered) * 1e6, 1),
      generator_cpu_share: roundedOrNull(cpu.generatorShare),
      generator_cores: rounded(cpu.generatorCores),
      generator_late_p50_ms: rounded(report.lateP50Ms, 3),
      generator_late_p99_ms: rounded(report.lateP99Ms, 3),
      generator_late_max_ms: rounded(report.lateMaxMs),
      others_cores: roundedOrNull(cpu.othersCores),
    }
  } finally {
    reading.close()
  }
}
