import { afterAll, beforeAll, describe } from 'bun:test'
import { type Services, startServices } from '../../src/services/services.ts'
import { hotViewConformance } from '../conformance/hot-view.conformance.ts'
import { askRaw } from '../support/raw-wire.ts'
import { redisNode } from '../support/redis-nodes.ts'
import { describeWithServices } from '../support/with-services.ts'

await describeWithServices('the hot view on Redis', ['redis'], () => {
  let services: Services
  beforeAll(async () => {
    services = await startServices({ only: ['redis'] })
  })
  afterAll(() => services.stop())

  for (const [name, viewOf] of [
    ['RedisHotView', 'shared'],
    ['TieredHotView', 'tiered'],
  ] as const) {
    describe(name, () => {
      hotViewConformance(name, async () => {
        const url = services.url('redis')
        let nodes = await Promise.all([redisNode(url), redisNode(url)])
        return {
          get view() {
            return nodes[0][viewOf]
          },
          get other() {
            return nodes[1][viewOf]
          },
          async settle() {
            for (const node of nodes) await node.settle()
          },
          async empty() {
            for (const node of nodes) await node.close()
            await askRaw(url, 'FLUSHALL\r\n', /OK/)
            nodes = await Promise.all([redisNode(url), redisNode(url)])
          },
          async close() {
            for (const node of nodes) await node.close()
          },
        }
      })
    })
  }
})
