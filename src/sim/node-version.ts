import { describeOutcome, type HttpClient } from './http-client.ts'

/** There is no node to talk to, or it does not know us. The message says what to do. */
export class NodeUnreachableError extends Error {
  override readonly name = 'NodeUnreachableError'
}

/** @throws {NodeUnreachableError} nobody answers, or the key is wrong. */
export async function readVersion(http: HttpClient): Promise<unknown> {
  const outcome = await http.call({ method: 'GET', path: '/version' })
  if (outcome.kind === 'answered' && outcome.status === 200) return outcome.body
  if (outcome.kind === 'answered' && outcome.status === 401) {
    throw new NodeUnreachableError('the node does not know this key: pass --token, or set WAGGLE_ADMIN_KEY')
  }
  throw new NodeUnreachableError(`no node answers (${describeOutcome(outcome)}): start one with "bun start"`)
}
