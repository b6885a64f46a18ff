import { expect, test } from 'bun:test'
import { actorsBench } from './actors.ts'

test('every position is taken in, and an idle driver holds some hundred bytes to some kilobytes', async () => {
  const { figures } = await actorsBench.run(
    ['--drivers', '3000', '--small', '500', '--positions', '1000'],
    () => undefined,
  )
  const onDuty = figures.on_duty as Record<string, number>
  expect(onDuty.heap_bytes_per_driver).toBeGreaterThan(300)
  expect(onDuty.heap_bytes_per_driver).toBeLessThan(6_000)
  expect(onDuty.position_cpu_us).toBeGreaterThan(0)
}, 60_000)
