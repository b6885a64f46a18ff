/** Reads over HTTP at a fixed rate, by turns: who is near, and where one driver is. */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import type { Figures } from '../bench.ts'
import { CpuMeter } from '../cpu-meter.ts'
import { HttpLane } from '../ingest/http-lane.ts'
import { openLoop } from '../open-loop.ts'
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
const WARM_UP_S = 1
const DRAIN_MAX_MS = 5_000

export async function measureReads(reads: HttpReads): Promise<Figures> {
  const { ratePerS, durationS, path } = reads
  const lane = new HttpLane(reads.url, reads.token)
  await lane.open(CONNECTIONS)
  const latency = new Histogram()
  const cpu = new CpuMeter({ server: reads.pids })
  let failed = 0
  let open = 0
  const { sent, lateness } = await openLoop({
    ratePerS,
    durationS,
    warmUpS: Math.min(WARM_UP_S, durationS),
    onStart: () => cpu.start(),
    onEnd: () => cpu.end(),
    send: (n, dueAtMs, isMeasured) => {
      open++
      lane.send({
        method: 'GET',
        path: path(n),
        body: null,
        onAnswer: answer => {
          open--
          if (!isMeasured) return
          if (answer.kind === 'answered' && answer.status === 200) latency.record(nowMs() - dueAtMs)
          else failed++
        },
      })
    },
  })
  for (const untilMs = nowMs() + DRAIN_MAX_MS; open > 0 && nowMs() < untilMs; ) await Bun.sleep(5)
  lane.close()
  return {
    rate: ratePerS,
    sent,
    answered: latency.count,
    failed,
    p50_ms: rounded(latency.quantile(0.5)),
    p99_ms: rounded(latency.quantile(0.99)),
    max_ms: rounded(latency.maxMs),
    server_cpu_us_per_read: roundedOrNull(cpu.servedS === null ? null : (cpu.servedS / Math.max(1, sent)) * 1e6, 1),
    generator_cpu_share: roundedOrNull(cpu.generatorShare),
    generator_late_p50_ms: rounded(lateness.quantile(0.5)),
    generator_late_p99_ms: rounded(lateness.quantile(0.99)),
    others_cores: roundedOrNull(cpu.othersCores),
  }
}
