/** What the node says of itself to every page, at `/map.json`. */
import type { Api } from './api.ts'

export interface NodeSettings {
  /** After which a driver without a position is offered nothing; null: not said. */
  readonly staleMs: number | null
  /** A made-up city: positions there may be made up as well. */
  readonly isDemo: boolean
}

/** @returns null where there was no answer. */
export async function readSettings(api: Pick<Api, 'ask'>): Promise<NodeSettings | null> {
  const reply = await api.ask('/map.json')
  return reply.kind === 'answer' && reply.status === 200 ? settingsOf(reply.body) : null
}

/** Whatever does not say that it is a demo is none: there a position is believed. */
function settingsOf({ stale_s: staleS, streets }: Readonly<Record<string, unknown>>): NodeSettings {
  return {
    staleMs: typeof staleS === 'number' ? staleS * 1_000 : null,
    isDemo: typeof streets === 'object' && streets !== null,
  }
}
