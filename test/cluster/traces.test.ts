/** A request at one node whose order lives at another: one trace, carried over the bus. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { askNode } from '../support/answer.ts'
import { OtlpEndpoint } from '../support/otlp-endpoint.ts'
import { atRest, placesOf, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'

await describeWithServices('traces across nodes', ['nats', 'redis'], () => {
  const endpoint = new OtlpEndpoint()
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(2, {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    })
    await atRest(cluster)
  })
  afterAll(async () => {
    await cluster.discard()
    await endpoint.stop()
  })

  test('the turn of the order is a child of the request, although another node takes it', async () => {
    const [asked, owner] = [cluster.node('node-1'), cluster.node('node-2')]
    const [place] = placesOf(await viewOf(asked), owner.name, 1)
    const headers = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` }
    const body = { pickup: place, dropoff: { latitude: 37.79, longitude: -122.41 } }
    expect((await askNode(asked.url, 'POST', '/v1/orders', { body, headers })).status).toBe(201)

    const find = (name: string) => endpoint.inTrace(TRACE_ID).find(span => span.name === name)
    await until(() => find('POST /v1/orders') !== undefined && find('commit') !== undefined, 'both nodes have sent')
    expect(find('POST /v1/orders')?.resource['service.instance.id']).toBe('node-1')
    expect(find('order.place')).toMatchObject({
      parentSpanId: find('POST /v1/orders')?.spanId,
      resource: { 'service.instance.id': 'node-2', 'waggle.thread': '0' },
    })
    expect(find('commit')).toMatchObject({ parentSpanId: find('order.place')?.spanId })
  }, 60_000)
})
