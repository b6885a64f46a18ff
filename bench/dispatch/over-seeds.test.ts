import { expect, test } from 'bun:test'
import { overSeeds } from './over-seeds.ts'

test('numbers become means with the half width of their 95 % interval; what is equal stays as it is', () => {
  const runs = [1, 2, 3].map(seed => ({ policy: 'batch', seed, served_share: 0.1 * seed, drivers: 7, refused: {} }))
  expect(overSeeds(runs)).toEqual({
    policy: 'batch',
    seed: null,
    seeds: [1, 2, 3],
    served_share: 0.2,
    // Student's t of two degrees of freedom, 4.3, times 0.1, over the root of 3.
    served_share_ci95: 0.2483,
    drivers: 7,
    refused: {},
  })
})
