/**
 * Where a request comes from. What stands in front of the node appends to `X-Forwarded-For`, and whatever is to the left of what our
 * own proxies wrote is the caller's invention: so it is counted from the right, by as many proxies as there are.
 *
 * @param peer  who is at the other end of the connection.
 */
export function callerAddress(request: Request, peer: string | null, proxies: number): string | null {
  if (proxies === 0) return peer
  const hops = (request.headers.get('x-forwarded-for') ?? '').split(',').map(hop => hop.trim())
  const named = hops.at(-proxies)
  return named !== undefined && ADDRESS.test(named) ? named : peer
}

const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/
