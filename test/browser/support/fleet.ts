/** Vehicles for the map: they send positions over the API, nothing more. */
import { expect } from 'bun:test'
import type { TestNode } from '../../http/node.ts'

export const BATCH = 1_000

/** Everybody stands in a grid of a hundred columns over San Francisco, a little farther north with each step. */
export async function driveAll(node: TestNode, vehicles: number, step: number): Promise<void> {
  for (let from = 0; from < vehicles; from += BATCH)
    await driveBatch(node, from, Math.min(vehicles, from + BATCH), step)
}

/** Of a fleet those from one number to before another. */
export async function driveBatch(node: TestNode, from: number, to: number, step: number): Promise<void> {
  const locations = Array.from({ length: to - from }, (_, i) => ({
    driver_id: `drv_${from + i}`,
    latitude: 37.72 + Math.floor((from + i) / 100) / 1_000 + step / 20_000,
    longitude: -122.48 + ((from + i) % 100) / 1_000,
    heading: 0,
  }))
  const { status } = await node.call('POST', '/v1/locations', { locations })
  expect(status).toBe(202)
}

/** One driver there, free to take orders. */
export async function putDriver(
  node: TestNode,
  driverId: string,
  place: { readonly latitude: number; readonly longitude: number },
): Promise<void> {
  const path = `/v1/drivers/${driverId}`
  expect((await node.call('POST', `${path}/location`, place)).status).toBe(202)
  expect((await node.call('PUT', `${path}/availability`, { status: 'available' })).status).toBe(200)
}
