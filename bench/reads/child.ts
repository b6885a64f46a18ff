/** The process that reads. It is apart from the bench so that nothing of that stops it, and that its own collections are short. */
import { nowMs } from '../../src/sim/clock.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { Asker } from './asker.ts'
import { pace } from './pace.ts'
import { METER_LEAD_MS, type ReadNews, type ReadPlan, type ReadStart } from './plan.ts'
import { Requests } from './requests.ts'

const WAITING_MAX = 100_000
const DRAIN_LOOK_MS = 5

function tell(news: ReadNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}

async function read(plan: ReadPlan, startOf: () => Promise<ReadStart>): Promise<void> {
  const asker = new Asker(plan.url, new Requests(plan), WAITING_MAX)
  try {
    await asker.open(plan.connections)
  } catch (error) {
    tell({ kind: 'unreachable', why: String(error) })
    return
  }
  tell({ kind: 'ready' })
  const { startAtMs } = await startOf()
  const measuredFromMs = startAtMs + plan.warmUpS * 1_000
  asker.measureFrom(measuredFromMs)
  const meterAtMs = measuredFromMs - METER_LEAD_MS
  let isMetered = false
  await pace({
    ratePerS: plan.ratePerS,
    startAtMs,
    endAtMs: measuredFromMs + plan.durationS * 1_000,
    random: seededRandom(1),
    awaitingSinceMs: () => asker.awaitingSinceMs,
    send: (dueAtMs, atMs) => {
      if (!isMetered && dueAtMs >= meterAtMs) {
        isMetered = true
        tell({ kind: 'metered' })
      }
      asker.ask(dueAtMs, atMs)
    },
  })
  tell({ kind: 'ended' })
  const untilMs = nowMs() + plan.drainMaxS * 1_000
  while (asker.isAwaiting && nowMs() < untilMs) await Bun.sleep(DRAIN_LOOK_MS)
  asker.close(nowMs())
  tell({ kind: 'report', report: asker.report })
}

const lines = console[Symbol.asyncIterator]()

async function line<T>(): Promise<T> {
  const { value, done } = await lines.next()
  if (done || value === undefined) process.exit(1)
  // Written by `reading.ts`, which knows the same types.
  return JSON.parse(value) as T
}

await read(await line<ReadPlan>(), () => line<ReadStart>())
process.exit(0)
