import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { ask, atRest, bookAt, countOrders, inRecord, placesOf, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const OFFERS = 6
const TAKE_OVER_MAX_MS = 6_000

await describeWithServices('a node is killed', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(3, { WAGGLE_OFFER_TTL_S: '60', WAGGLE_MATCH_WINDOW_MS: '50' })
    await atRest(cluster)
  })
  afterAll(() => cluster.discard())

  test('amid offers: its orders go on elsewhere within 6 s, each with one driver', async () => {
    const [victim, other] = [cluster.node('node-2'), cluster.node('node-1')]
    const load = new Load([other.url, cluster.node('node-3').url]).start('killed')
    const offerIds: string[] = []
    for (const [n, place] of placesOf(await viewOf(other), victim.name, OFFERS).entries()) {
      const driverId = `offered_${n}`
      await ask(other.url, { method: 'POST', path: `/v1/drivers/${driverId}/location`, body: place })
      const path = `/v1/drivers/${driverId}/availability`
      expect((await ask(other.url, { method: 'PUT', path, body: { status: 'available' } })).status).toBe(200)
      expect((await bookAt(other.url, place, driverId)).status).toBe(201)
      await until(async () => {
        const { body } = await ask(other.url, { method: 'GET', path: `/v1/offers?driver_id=${driverId}` })
        const offers = body.data ?? []
        for (const { offer_id: offerId } of offers) if (offerId !== undefined) offerIds.push(offerId)
        return offers.length === 1
      }, `${driverId} is offered its order`)
    }

    const killedAtMs = performance.now()
    await victim.kill()
    const accepted = async (offerId: string) => {
      const path = `/v1/offers/${offerId}/accept`
      await until(
        async () => (await ask(other.url, { method: 'POST', path })).status === 200,
        `${offerId} is accepted`,
        15_000,
      )
      return performance.now() - killedAtMs
    }
    const tookMs = await Promise.all(offerIds.map(accepted))
    console.log(`orders of the killed node went on after ${tookMs.map(Math.round).join(', ')} ms`)
    expect(Math.max(...tookMs)).toBeLessThan(TAKE_OVER_MAX_MS)

    await cluster.startNode(victim.name)
    await atRest(cluster)
    await load.stop()
    const [held] = await inRecord(
      cluster,
      sql => sql<{ n: number }[]>`
        select count(*)::int as n from assignments where offer_id = any(${offerIds}) and ended_at is null`,
    )
    expect(held?.n).toBe(OFFERS)
    const orderIds = [...load.booked.values()]
    expect(await countOrders(cluster, orderIds)).toBe(orderIds.length)
  }, 90_000)
})
