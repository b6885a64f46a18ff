import { expect, test } from 'bun:test'
import { offersBench } from './offers.ts'

test('each order that is asked for rings, within the window and a bit', async () => {
  const argv = ['--drivers', '60', '--rate', '10', '--seconds', '3', '--window', '200']
  const { figures } = await offersBench.run(argv, () => undefined)
  expect(figures).toMatchObject({ orders: 30, never_rang: 0 })
  expect(figures.request_to_offer_p50_ms).toBeGreaterThan(0)
  // Loaded machines are slow; ten windows are not.
  expect(figures.request_to_offer_p99_ms).toBeLessThan(2_000)
}, 60_000)

test('a flag that cannot be is named', async () => {
  expect(offersBench.run(['--rate', '0'], () => undefined)).rejects.toThrow('--rate')
})
