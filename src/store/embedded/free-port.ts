import { createServer } from 'node:net'
import { codeOf } from './errors.ts'

/**
 * @returns the first of `wanted` that is free on 127.0.0.1, else one that the system chooses. Somebody may take
 *   it before it is used: who uses it must be ready to ask again.
 */
export async function freePort(wanted: readonly number[]): Promise<number> {
  for (const port of wanted) if ((await bind(port)) !== null) return port
  const port = await bind(0)
  if (port === null) throw new Error('the system has no free TCP port on 127.0.0.1')
  return port
}

/** @returns the port that was bound (and let go again), or null where it is taken or not allowed. */
function bind(port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => {
      const code = codeOf(error)
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(null)
      else reject(error)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : null))
    })
  })
}
