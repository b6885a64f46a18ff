import { priceLogConformance } from '../../../../test/conformance/price-log.conformance.ts'
import type { ShardId } from '../../../domain/ids.ts'
import type { Clock } from '../ports.ts'
import { MemoryPriceLog, MemoryPrices, type PriceLogFault } from './memory-price-log.ts'

const atOnce: Clock = {
  nowMs: () => 0,
  after: (_delayMs, fire) => {
    queueMicrotask(fire)
    return () => {}
  },
}

priceLogConformance('MemoryPriceLog', async () => {
  const epochs = new Map<ShardId, number>()
  const prices = new MemoryPrices(shard => epochs.get(shard) ?? 0)
  let nextFault: PriceLogFault = 'ok'
  const before = () => {
    const fault = nextFault
    nextFault = 'ok'
    return fault
  }
  return {
    log: new MemoryPriceLog({ prices, clock: atOnce, before }),
    other: new MemoryPriceLog({ prices, clock: atOnce }),
    takeShard: async shard => {
      const epoch = (epochs.get(shard) ?? 0) + 1
      epochs.set(shard, epoch)
      return epoch
    },
    publish: async published => {
      prices.rulesets.push(published)
    },
    loseNextAnswer: async () => {
      nextFault = 'land_then_lose_answer'
    },
    close: async () => {},
  }
})
