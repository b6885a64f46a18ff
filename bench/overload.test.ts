import { expect, test } from 'bun:test'
import { overloadBench } from './overload.ts'

test('offered too much, a node loses nothing that it acknowledged, and is itself again', async () => {
  const flags = '--seconds 2 --calibrate 1 --drivers 4000'
  const { figures } = await overloadBench.run(flags.split(' '), () => {})
  for (const name of ['positions', 'orders']) {
    const of = figures[name] as Record<string, number>
    expect(of).toMatchObject({ lost: 0, repeated: 0, unanswered: 0, refused_without_retry_after: 0 })
    expect(of.capacity_per_s).toBeGreaterThan(0)
    expect(of.acked_per_s).toBeGreaterThan(0)
    expect(of.recovery_s).toBeGreaterThanOrEqual(0)
  }
}, 240_000)

test('less than it can do is no overload', () => {
  expect(overloadBench.run(['--factor', '1'], () => {})).rejects.toThrow('--factor must be')
})
