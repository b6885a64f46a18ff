import { expect, test } from 'bun:test'
import { fencesBench } from './fences.ts'

test('a small run over a real node crosses fences, commits each crossing and drops none', async () => {
  const argv = '--fences 300 --drivers 100 --rate 200 --seconds 2 --warm-up 0.5 --rounds 1 --spread 16 --radius 400'
  const { figures } = await fencesBench.run(argv.split(' '), () => {})
  expect(figures).toMatchObject({ fences: 300, rounds: 1, dropped: 0 })
  expect(Number(figures.crossings)).toBeGreaterThan(0)
  expect(figures.crossings_committed).toBe(Number(figures.crossings))
}, 120_000)
