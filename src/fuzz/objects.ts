/** Something of each kind that paths name, so that bad requests get past the question whether it is there. */
import { isFields } from '../contract/schema.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const CORNERS = [
  [13.4, 52.5],
  [13.41, 52.5],
  [13.41, 52.51],
  [13.4, 52.5],
]
/** `.invalid` is nowhere; and no event is sent before it is enabled again. */
const HOOK = { url: 'https://fuzz.invalid/hook', events: ['order.cancelled'] }

/** The parameter of the path, where such are made, and how. */
const KINDS: readonly (readonly [string, string, object])[] = [
  ['driver_id', '/v1/drivers', {}],
  ['vehicle_id', '/v1/vehicles', { type: 'fuzz' }],
  ['zone_id', '/v1/zones', { name: 'Fuzz', kind: 'geofence', geometry: { type: 'Polygon', coordinates: [CORNERS] } }],
  ['order_id', '/v1/orders', { pickup: HERE, dropoff: THERE, vehicle_type: 'fuzz' }],
  ['key_id', '/v1/keys', { name: 'Fuzz', role: 'service' }],
  ['webhook_id', '/v1/webhooks', HOOK],
]

/** @throws where the node does not make one: then most of the requests would say nothing. */
export async function makeObjects(url: string, token: string): Promise<Record<string, string>> {
  const made = KINDS.map(async ([name, path, body]) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    const object: unknown = answer.status === 201 ? JSON.parse(text) : null
    const id = isFields(object) ? object[name] : undefined
    if (typeof id !== 'string') throw new Error(`POST ${path} was answered with ${answer.status} ${text}`)
    return [name, id] as const
  })
  return Object.fromEntries(await Promise.all(made))
}
