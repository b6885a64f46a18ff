/** Where the examples run: `WAGGLE_URL` and `WAGGLE_TOKEN`, an admin's. */
import { Waggle } from '../src/index.ts'

export const HERE = { latitude: 37.77, longitude: -122.42 }
export const THERE = { latitude: 37.79, longitude: -122.41 }

export function waggleOfEnv(): Waggle {
  const { WAGGLE_URL: url = 'http://localhost:3000', WAGGLE_TOKEN: token } = process.env
  if (token === undefined) throw new Error('set WAGGLE_TOKEN to the key that the node printed at its first start')
  return new Waggle({ url, token })
}
