/** An order from its quote to the door: `bun clients/typescript/examples/order.ts`. */
import { isCode, WaggleStream } from '../src/index.ts'
import { HERE, THERE, waggleOfEnv } from './settings.ts'

const DRIVER = 'example_driver'
const waggle = waggleOfEnv()

await waggle
  .call('POST /v1/drivers', { body: { driver_id: DRIVER, name: 'Ada', vehicle_type: 'bike' } })
  .catch(error => {
    // From a run before.
    if (!isCode(error, 'already_exists')) throw error
  })
await waggle.call('PUT /v1/drivers/{driver_id}/availability', {
  params: { driver_id: DRIVER },
  body: { status: 'available' },
})

const offered = Promise.withResolvers<string>()
const assigned = Promise.withResolvers<void>()
const phone = new WaggleStream(waggle, {
  driverId: DRIVER,
  offer: ({ offer_id: offerId }) => offered.resolve(offerId),
  assignment: () => assigned.resolve(),
})
await phone.send({ ...HERE, speed: 4 })

const quote = await waggle.call('POST /v1/quotes', { body: { pickup: HERE, dropoff: THERE, vehicle_type: 'bike' } })
console.log(`it costs ${quote.amount / 100} ${quote.currency}`)
const order = await waggle.call('POST /v1/orders', { body: { quote_id: quote.quote_id, reference: 'example' } })

phone.accept(await offered.promise)
await assigned.promise
const at = { params: { order_id: order.order_id } }
for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const) {
  const now = await waggle.call('POST /v1/orders/{order_id}/status', { ...at, body: { status } })
  console.log(now.status)
}
for await (const event of waggle.list('GET /v1/orders/{order_id}/events', at)) console.log(`${event.seq} ${event.type}`)
await waggle.call('PUT /v1/drivers/{driver_id}/availability', {
  params: { driver_id: DRIVER },
  body: { status: 'offline' },
})
phone.close()
