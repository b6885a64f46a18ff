/** Nodes that share a Redis count together; without it each counts alone, and nobody waits. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { type Services, startServices } from '../../src/services/services.ts'
import { RateLimits } from '../../src/store/rate-limits.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

await describeWithServices('rates of several nodes', ['redis'], () => {
  let services: Services
  let open: RateLimits[] = []
  let people = 0

  beforeAll(async () => {
    services = await startServices({ only: ['redis'] })
  })
  afterEach(() => {
    for (const limits of open) limits.close()
    open = []
  })
  afterAll(() => services.stop())

  function node(): RateLimits {
    const limits = new RateLimits({
      rates: new Map([
        ['customer.write', 10],
        ['driver.position', 10],
      ]),
      perS: 60,
      isLocal: name => name === 'driver.position',
      redisUrl: services.url('redis'),
      clock: systemClock,
    })
    open.push(limits)
    return limits
  }

  /** Two nodes that have found their Redis: what one spends the other knows. */
  async function twoNodes(): Promise<readonly [RateLimits, RateLimits]> {
    const [one, two] = [node(), node()]
    await until(async () => {
      const who = `probe ${people++}`
      for (let i = 0; i < 10; i++) await one.spend('customer.write', who)
      return (await two.spend('customer.write', who)) > 0
    }, 'both nodes count in Redis')
    return [one, two]
  }

  async function allowed(name: string, who: string, by: readonly RateLimits[]): Promise<number> {
    let count = 0
    for (let i = 0; i < 30; i++) if ((await by[i % by.length]?.spend(name, who)) === 0) count++
    return count
  }

  test('a caller has one rate, however many nodes it asks', async () => {
    const nodes = await twoNodes()
    expect(await allowed('customer.write', 'ann', nodes)).toBe(10)
    expect(await allowed('driver.position', 'drv_1', nodes)).toBe(20)
  })

  test('a Redis that is away, or frozen, costs one short wait, and then each node counts alone', async () => {
    const nodes = await twoNodes()
    await services.kill('redis')
    const startedMs = performance.now()
    expect(await allowed('customer.write', 'bob', nodes)).toBe(20)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    await services.restart('redis')
    await twoNodes()
  })
})
