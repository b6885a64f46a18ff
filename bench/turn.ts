/**
 * What does a turn cost: mailbox, decider, evolve, output gate, effects, over a record that answers at once and keeps nothing?
 *
 * What to expect: a question to a driver is a turn without an event, 2 to 4 µs; a position is the guard, a row for the history, a
 * turn with one volatile event and a cell, 5 to 10 µs; placing an order and cancelling it are two turns with a durable event,
 * its row as JSON, and messages to two cells with their turns: 60 to 100 µs. A waiting order that is taken over costs as much, whatever
 * the number of the others.
 */
import { shardOfPosition } from '../src/domain/region.ts'
import { seededRandom } from '../src/sim/random.ts'
import { BareHost } from './actors/bare-host.ts'
import { actorFleet } from './actors/fleet.ts'
import type { Bench } from './bench.ts'
import { costFigures, costsByTurns, type Rounds } from './micro/by-turns.ts'
import { readRounds, roundsHelp } from './micro/options.ts'
import { resumptionUs } from './micro/resumption.ts'
import { cancelOf, readOf, sampleOrder } from './micro/samples.ts'
import { rounded } from './rounded.ts'

const OPERATIONS = 5_000
const DRIVERS = 10_000
const SHARDS = 256
/** Orders that wait when a host opens: a cost per order that grows with them is a restart that does not end. */
const WAITING_PER_OPERATION = 3
const FEW_OF_MANY = 15
/** Positions and commands that come together. */
const PARCEL = 100

export const turnBench: Bench = {
  name: 'turn',
  question: 'What does a turn of an actor cost, without the record?',
  help: roundsHelp('turn', 'turns of one thread’s host over a record that keeps nothing', OPERATIONS),
  run: async argv => {
    const rounds = readRounds(argv, OPERATIONS)
    return { figures: { ...rounds, drivers: DRIVERS, ...(await measure(rounds)) }, postgresVersion: null }
  },
}

async function measure(rounds: Rounds) {
  const world = new BareHost('offline')
  await world.open()
  const fleet = actorFleet(DRIVERS)
  const random = seededRandom(1)
  const inParcels = (operations: number, one: (n: number) => void): number => {
    for (let done = 0; done < operations; ) {
      for (const end = Math.min(done + PARCEL, operations); done < end; done++) one(done)
      world.settle(1)
    }
    return operations
  }
  let reports = 0
  const report = (): void => {
    const index = reports % DRIVERS
    world.fix(fleet.driverId(index), fleet.place(index, Math.floor(reports++ / DRIVERS)))
  }
  inParcels(DRIVERS, report)
  const costs = await costsByTurns(
    {
      read: {
        run: operations =>
          inParcels(operations, n => {
            const index = n % DRIVERS
            world.send(readOf(fleet.driverId(index), shardOfPosition(fleet.place(index, 0), SHARDS)))
          }),
      },
      position: { run: operations => inParcels(operations, report) },
      // Both in one: orders that stayed open would make the batches of their cell ever larger.
      place_and_cancel: {
        run: operations =>
          inParcels(operations, n => {
            const { orderId, envelope } = sampleOrder(n % SHARDS, random)
            world.send(envelope)
            world.send(cancelOf(orderId))
          }),
      },
    },
    rounds,
  )
  world.stop()
  const many = rounds.operations * WAITING_PER_OPERATION
  const few = Math.ceil(many / FEW_OF_MANY)
  return {
    ...costFigures(costs),
    waiting_few: few,
    waiting_many: many,
    resume_among_few_cpu_us: rounded(await resumptionUs(few)),
    resume_among_many_cpu_us: rounded(await resumptionUs(many)),
  }
}
