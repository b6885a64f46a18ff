import { expect, test } from 'bun:test'
import { restartBench } from './restart.ts'

test('after kill -9 the open orders are there, and one is offered and accepted', async () => {
  const { figures } = await restartBench.run(['--drivers', '200', '--orders', '50', '--phones', '5'], () => {})
  expect(figures).toMatchObject({ orders_lost: 0, repeated: 0, fsync: 'on', synchronous_commit: 'on' })
  expect(Number(figures.first_accepted_s)).toBeGreaterThan(Number(figures.ready_s))
}, 120_000)
