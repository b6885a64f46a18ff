import { expect, test } from 'bun:test'
import { nearbyBench } from '../../bench/nearby.ts'
import { describeWithServices } from '../support/with-services.ts'

await describeWithServices('who is near', ['redis', 'postgres'], () => {
  test('memory and Redis name the same drivers, and each request over HTTP is answered', async () => {
    const flags = '--drivers 300 --rate 100 --seconds 1 --rounds 1 --radius 3000'
    const { figures } = await nearbyBench.run(flags.split(' '), () => {})
    expect(figures.same_answers_share).toBeGreaterThan(0.98)
    for (const name of ['http_nearby', 'http_current', 'redis_http_nearby']) {
      expect(figures[name]).toMatchObject({ sent: 100, answered: 100, failed: 0 })
    }
    expect(figures.memory_update_per_s).toBeGreaterThan(1_000)
  }, 120_000)
})
