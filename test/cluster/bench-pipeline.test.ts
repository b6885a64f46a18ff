import { expect, test } from 'bun:test'
import type { Figure } from '../../bench/bench.ts'
import { pipelineBench } from '../../bench/pipeline.ts'
import { describeWithServices } from '../support/with-services.ts'

const WHOLE = { sent: 200, acked: 200, lost: 0, repeated: 0, unanswered: 0, refused: {} }

await describeWithServices('the pipeline of most teams', ['redis', 'postgres'], () => {
  test('both systems take, store and show the same positions', async () => {
    const flags = '--rate 200 --drivers 40 --seconds 1 --warm-up 0.5 --rounds 1 --watchers 10'
    const { figures } = await pipelineBench.run(flags.split(' '), () => {})
    expect(figures).toMatchObject({ fsync: 'on', synchronous_commit: 'on', waggle: WHOLE, baseline: WHOLE })
    for (const system of ['waggle', 'baseline'] as const) {
      const of = figures[system] as Record<string, Figure>
      expect(of.delivered).toBe(of.deliveries_due as number)
      expect(of.ack_p99_ms).toBeGreaterThan(0)
    }
  }, 120_000)

  test('the baseline takes single posts too, and inserts', async () => {
    const flags =
      '--system baseline --store unnest --protocol http --rate 200 --drivers 40 --seconds 1 --warm-up 0 --rounds 1'
    const { figures } = await pipelineBench.run(flags.split(' '), () => {})
    expect(figures).toMatchObject({ baseline_store: 'unnest', baseline: WHOLE })
  }, 120_000)
})

test('a system that there is not is refused', () => {
  expect(pipelineBench.run(['--system', 'kafka'], () => {})).rejects.toThrow('--system')
})
