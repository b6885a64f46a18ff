/**
 * What does it cost to write a message for another thread, and to read it there?
 *
 * What to expect: msgpackr packs 7 million small tuples a second and reads 8 million; a position is a tuple of fourteen fields, five
 * of them floats and two texts: 0.5 µs to write, as much to read. An order to be placed is a map of some forty fields: 5 µs each way.
 */
import {
  decodeBatch,
  encodeBatch,
  envelopeFrame,
  envelopeTextFrame,
  type Frame,
  fixFrame,
  liveFixFrame,
  readEnvelope,
  readEnvelopeText,
  readFix,
  readLiveFix,
} from '../src/cluster/frames.ts'
import { seededRandom } from '../src/sim/random.ts'
import type { Bench } from './bench.ts'
import { costFigures, costsByTurns, type Rounds, type Work } from './micro/by-turns.ts'
import { readRounds, roundsHelp } from './micro/options.ts'
import { SAMPLES, sampleFix, sampleLiveFix, sampleOrder } from './micro/samples.ts'

const OPERATIONS = 50_000
const BATCH = 100

export const envelopeBench: Bench = {
  name: 'envelope',
  question: 'What does it cost to write a message for another thread, and to read it there?',
  help: roundsHelp('envelope', 'frames of one batch, written and read', OPERATIONS),
  run: async argv => {
    const rounds = readRounds(argv, OPERATIONS)
    return { figures: { ...rounds, batch: BATCH, ...(await measure(rounds)) }, postgresVersion: null }
  },
}

async function measure(rounds: Rounds) {
  const random = seededRandom(1)
  const fixes = Array.from({ length: SAMPLES }, (_, i) => sampleFix(i))
  const live = Array.from({ length: SAMPLES }, (_, i) => sampleLiveFix(i))
  const orders = Array.from({ length: SAMPLES }, (_, i) => sampleOrder(i % 256, random).envelope)
  const bytesOf = (frames: readonly Frame[]): number => Math.round(encodeBatch(frames).byteLength / frames.length)
  const costs = await costsByTurns(
    {
      ...both(
        'fix',
        fixes,
        item => fixFrame('bench', item),
        frame => readFix(frame),
      ),
      ...both('live_fix', live, liveFixFrame, readLiveFix),
      ...both('place_order', orders, envelopeFrame, readEnvelope),
      ...both('place_order_text', orders, envelopeTextFrame, readEnvelopeText),
    },
    rounds,
  )
  return {
    ...costFigures(costs),
    fix_bytes: bytesOf(fixes.slice(0, BATCH).map(item => fixFrame('bench', item))),
    live_fix_bytes: bytesOf(live.slice(0, BATCH).map(liveFixFrame)),
    place_order_bytes: bytesOf(orders.slice(0, BATCH).map(envelopeFrame)),
  }
}

function both<T>(
  name: string,
  items: readonly T[],
  write: (item: T) => Frame,
  read: (frame: Frame) => unknown,
): Record<string, Work> {
  const batches = Array.from({ length: items.length / BATCH }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH))
  const packed = batches.map(batch => encodeBatch(batch.map(write)))
  return {
    [`${name}_write`]: { run: operations => over(batches, operations, batch => encodeBatch(batch.map(write))) },
    [`${name}_read`]: {
      run: operations =>
        over(packed, operations, bytes => {
          for (const frame of decodeBatch(bytes)) read(frame)
        }),
    },
  }
}

function over<B>(batches: readonly B[], operations: number, work: (batch: B) => unknown): number {
  let done = 0
  for (let i = 0; done < operations; i++, done += BATCH) {
    const batch = batches[i % batches.length]
    if (batch !== undefined) work(batch)
  }
  return done
}
