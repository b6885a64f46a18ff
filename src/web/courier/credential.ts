/** What a token or key says of whose it is, and what the node says to it. */
import { Api, type Reply } from './api.ts'

export function apiWith(token: string): Api {
  return new Api(
    () => token,
    () => undefined,
  )
}

type Found = { readonly driverId: string } | string

/** @returns whose credential it is, or why it is none. */
export async function whoIs(token: string): Promise<Found> {
  const api = apiWith(token)
  const driverId = subjectOf(token) ?? (await idOfKey(api))
  if (driverId === null) return 'This is not the token or key of a courier.'
  return judged(driverId, await api.ask(`/v1/drivers/${encodeURIComponent(driverId)}`))
}

function judged(driverId: string, reply: Reply): Found {
  if (reply.kind === 'silence') return 'The node cannot be reached. Is there a network?'
  // Not found: its first position makes it known.
  if (reply.status === 200 || reply.status === 404) return { driverId }
  return typeof reply.body.detail === 'string' ? reply.body.detail : `The node answered ${reply.status}.`
}

/** Of a driver's token; null for what is none. What it claims is for the node to judge. */
export function subjectOf(token: string): string | null {
  const claims = token.split('.')[1]
  if (claims === undefined) return null
  try {
    const { role, sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))
    return role === 'driver' && typeof sub === 'string' ? sub : null
  } catch {
    return null
  }
}

/** A key says nothing of itself: the node does. */
async function idOfKey(api: Api): Promise<string | null> {
  const reply = await api.ask('/v1/me')
  if (reply.kind !== 'answer' || reply.status !== 200) return null
  return reply.body.role === 'driver' && typeof reply.body.id === 'string' ? reply.body.id : null
}
