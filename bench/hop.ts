/**
 * What is the way to a worker thread and back: alone, and for batches of positions?
 *
 * What to expect: a `postMessage` with a transferred buffer wakes the other thread in 20 to 30 µs, so there and back 50 µs on an
 * idle machine. With a hundred positions in a batch the messages hardly count: packing and unpacking are some 1 µs per position, on each side.
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { decodeBatch, encodeBatch, fixFrame } from '../src/cluster/frames.ts'
import { Histogram } from '../src/sim/histogram.ts'
import type { Bench, Figures } from './bench.ts'
import type { Rounds } from './micro/by-turns.ts'
import { readRounds, roundsHelp } from './micro/options.ts'
import { SAMPLES, sampleFix } from './micro/samples.ts'
import { rounded } from './rounded.ts'

const OPERATIONS = 20_000
const BATCH = 100
/** Batches under way: enough that neither thread waits for the other. */
const UNDER_WAY = 8

export const hopBench: Bench = {
  name: 'hop',
  question: 'How long is the way to a worker thread and back, and what does a position cost on it?',
  help: roundsHelp('hop', 'frames to a worker thread, answered', OPERATIONS),
  run: async argv => {
    const rounds = readRounds(argv, OPERATIONS)
    const thread = new EchoThread()
    try {
      return { figures: { ...rounds, batch: BATCH, ...(await measure(thread, rounds)) }, postgresVersion: null }
    } finally {
      await thread.end()
    }
  },
}

async function measure(thread: EchoThread, { rounds, operations }: Rounds): Promise<Figures> {
  const alone = new Histogram()
  const rates: number[] = []
  const cpuNs: number[] = []
  for (let round = -1; round < rounds; round++) {
    const trips = new Histogram()
    for (let i = 0; i < operations / BATCH; i++) {
      const beganMs = performance.now()
      await thread.carry(1)
      trips.record(performance.now() - beganMs)
    }
    const beganMs = performance.now()
    const before = process.cpuUsage()
    let sent = 0
    const sender = async (): Promise<void> => {
      while (sent < operations) {
        sent += BATCH
        await thread.carry(BATCH)
      }
    }
    await Promise.all(Array.from({ length: UNDER_WAY }, sender))
    const { user, system } = process.cpuUsage(before)
    // The first round warms up.
    if (round < 0) continue
    alone.merge(trips)
    rates.push((sent / (performance.now() - beganMs)) * 1_000)
    cpuNs.push(((user + system) * 1_000) / sent)
  }
  const middle = (values: readonly number[]): number =>
    Math.round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0)
  return {
    round_trip_p50_ms: rounded(alone.quantile(0.5), 3),
    round_trip_p99_ms: rounded(alone.quantile(0.99), 3),
    positions_per_s: middle(rates),
    // Of both threads: there, back, and the packing on each side.
    cpu_ns_per_position: middle(cpuNs),
  }
}

class EchoThread {
  readonly #worker = new Worker(join(import.meta.dir, 'micro', 'echo-thread.ts'))
  readonly #waiting: ((frames: number) => void)[] = []
  #next = 0

  constructor() {
    this.#worker.on('message', (bytes: Uint8Array) => this.#waiting.shift()?.(decodeBatch(bytes).length))
  }

  /** Settles with the answer; answers come in the order of what was sent. */
  carry(fixes: number): Promise<number> {
    const frames = Array.from({ length: fixes }, () => fixFrame('bench', sampleFix(this.#next++ % SAMPLES)))
    const bytes = encodeBatch(frames)
    this.#worker.postMessage(bytes, [bytes.buffer])
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
