import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** A script that Redis keeps by its hash. One that was restarted or emptied has forgotten it and is told the text again. */
export class LuaScript {
  readonly #text: string
  readonly #sha: string

  constructor(text: string) {
    this.#text = text
    this.#sha = createHash('sha1').update(text).digest('hex')
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(this.#text, keys.length, ...keys, ...args)
    }
  }
}
