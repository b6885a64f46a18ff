/** Somebody to be in the demo: a courier in the middle of its city, and the link that opens its page. */

import type { Config } from './config.ts'
import type { LatLng } from './domain/geo.ts'
import { mintToken } from './http/access/tokens.ts'
import type { Node } from './node.ts'
import { keepTokenSecrets } from './secrets/access-secrets.ts'

const YOU = 'drv_you'
const TOKEN_TTL_S = 86_400

/** The page says that it is there, wherever it is opened, and drives by itself to where its courier is to go. */
export async function courierLink(node: Node, config: Config, { latitude, longitude }: LatLng): Promise<string> {
  const response = await fetch(`${node.url}/v1/drivers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ driver_id: YOU, name: 'You', capacity: 2 }),
  })
  // 409: in a record that was kept it is there already.
  if (!response.ok && response.status !== 409)
    throw new Error(`the courier could not be made: ${await response.text()}`)
  const [secret] = await keepTokenSecrets(config)
  const token = await mintToken(secret, { role: 'driver', subject: YOU, scopes: null, ttlS: TOKEN_TTL_S }, Date.now())
  return `${node.url}/courier#token=${token}&pretend=${latitude.toFixed(5)},${longitude.toFixed(5)}`
}
