/** A driver moves, and a page sees it: `bun clients/typescript/examples/watch.ts`. */
import { WaggleLive, WaggleStream } from '../src/index.ts'
import { HERE, waggleOfEnv } from './settings.ts'

const DRIVER = 'example_walker'
const MOVES = 5
const waggle = waggleOfEnv()
const phone = new WaggleStream(waggle, { driverId: DRIVER })
const live = new WaggleLive(waggle)
await phone.send(HERE)

const begun = Promise.withResolvers<void>()
const done = Promise.withResolvers<void>()
let moves = 0
live.watch(`driver:${DRIVER}`, event => {
  console.log(event.kind, event.topic)
  if (event.kind === 'snapshot') begun.resolve()
  if (event.kind === 'update' && event.type === 'location' && ++moves === MOVES) done.resolve()
})
await begun.promise
for (let i = 1; i <= MOVES; i++) await phone.send({ ...HERE, latitude: HERE.latitude + i * 1e-4 })
await done.promise
live.close()
phone.close()
