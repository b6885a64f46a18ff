/** A small company at work: some of everything that the management views show. */
import { expect } from 'bun:test'
import type { TestNode } from '../../http/node.ts'
import { putDriver } from './fleet.ts'

/** A square around a place, as a zone has it. */
function squareAround({ latitude, longitude }: { latitude: number; longitude: number }, degrees: number) {
  const [west, east] = [longitude - degrees, longitude + degrees]
  const [south, north] = [latitude - degrees, latitude + degrees]
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ]
  return { type: 'Polygon', coordinates: [ring] }
}

export const CENTRE = { latitude: 37.77, longitude: -122.43 }

async function make(node: TestNode, path: string, body: object): Promise<void> {
  const { status, text } = await node.call('POST', path, body)
  expect([path, status, status === 201 ? '' : text]).toEqual([path, 201, ''])
}

/** @param hook  where an endpoint listens. */
export async function foundCompany(node: TestNode, hook: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const place = { latitude: CENTRE.latitude + (i % 4) / 200, longitude: CENTRE.longitude + Math.floor(i / 4) / 150 }
    await putDriver(node, `drv_${i}`, place)
    await node.call('PATCH', `/v1/drivers/drv_${i}`, {
      name: `${NAMES[i]}`,
      vehicle_type: i % 3 === 0 ? 'van' : 'bike',
    })
  }
  await node.call('PUT', '/v1/drivers/drv_3/availability', { status: 'paused' })
  await make(node, '/v1/vehicles', { vehicle_id: 'veh_van_1', type: 'van', plate: 'WA 1001', capacity: 4 })
  await make(node, '/v1/vehicles', {
    vehicle_id: 'veh_bike_7',
    type: 'bike',
    maintenance: [{ from: '2020-01-01T08:00:00Z', to: '2099-01-01T08:00:00Z', reason: 'Frame' }],
  })
  const zone = (kind: string, name: string, degrees: number, more: object = {}) =>
    make(node, '/v1/zones', { zone_id: name, name, kind, geometry: squareAround(CENTRE, degrees), ...more })
  await zone('geofence', 'Depot', 0.006, { dwell_s: 120 })
  await zone('price_area', 'Downtown', 0.015)
  await make(node, '/v1/webhooks', { url: hook, events: ['order.*'], description: 'The till' })
  await make(node, '/v1/keys', { name: 'Till', role: 'service', scopes: ['orders:write', 'orders:read'] })
  for (let i = 0; i < 12; i++) {
    const dropoff = { latitude: CENTRE.latitude + 0.003 * (i + 1), longitude: CENTRE.longitude + 0.002 * i }
    await make(node, '/v1/quotes', { pickup: CENTRE, dropoff, ...(i % 2 === 0 ? { vehicle_type: 'van' } : {}) })
  }
}

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gül', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lea']
