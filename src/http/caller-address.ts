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

/** Who has an IPv6 address has a whole network of them: they count as one. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')]
  const left = Array.from({ length: tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length) }, () => '0')
  return `${[...front, ...left, ...back].slice(0, 4).join(':')}::/64`
}

function groupsOf(text: string): string[] {
  return text.split(':').filter(group => group !== '')
}

const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/
