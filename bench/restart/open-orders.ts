/** Orders that nobody takes yet: placed as fast as the node acknowledges them, so many at a time. */
import { Counts } from '../../src/sim/tally.ts'
import { NoResultError } from '../bench.ts'
import { HttpLane } from '../ingest/http-lane.ts'
import type { Rig } from '../ingest/rig.ts'
import { placeAround } from '../offers/places.ts'

const CONNECTIONS = 64
const CREATED = 201
/** Far from the places of the drivers, so that not every order has a driver at its door. */
const OFFSET = 1_000_003

/** @throws {NoResultError} one was refused. */
export async function placeOrders(rig: Rig, count: number): Promise<void> {
  const lane = new HttpLane(rig.url, rig.token)
  await lane.open(CONNECTIONS)
  const refused = new Counts()
  let left = count
  const { promise, resolve } = Promise.withResolvers<void>()
  if (left === 0) resolve()
  for (let n = 0; n < count; n++) {
    lane.send({
      method: 'POST',
      path: '/v1/orders',
      body: JSON.stringify({ pickup: placeAround(n + OFFSET), dropoff: placeAround(n + 2 * OFFSET) }),
      onAnswer: answer => {
        if (answer.kind !== 'answered') refused.add(answer.kind)
        else if (answer.status !== CREATED) refused.add(String(answer.status))
        if (--left === 0) resolve()
      },
    })
  }
  await promise
  lane.close()
  const codes = refused.toObject()
  if (Object.keys(codes).length > 0) throw new NoResultError(`orders were refused: ${JSON.stringify(codes)}`)
}
