/**
 * How often somebody came lately: counted in Redis for all nodes together, or by this node alone where there is none, or where it
 * does not answer. Whoever waits for Redis waits once and shortly: its link opens a circuit (`redis/redis-link.ts`).
 */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../actors/runtime/ports.ts'
import { HOT_VIEW_LIMITS } from './redis/limits.ts'
import { LuaScript } from './redis/lua-script.ts'
import { RedisLink } from './redis/redis-link.ts'
import { redisOptions } from './redis/redis-url.ts'

export interface RateLimitsOptions {
  /** By name: so many times in `perS` seconds. */
  readonly rates: ReadonlyMap<string, number>
  readonly perS: number
  /** Counted by each node for itself even where there is a Redis: they come too often to ask about each. */
  readonly isLocal: (name: string) => boolean
  /** Null: this node counts alone. */
  readonly redisUrl: string | null
  readonly clock: Clock
}

/** Counts and begins the window in one step, so that no window is without an end. */
const COUNT = new LuaScript(`
  local count = redis.call('incrby', KEYS[1], ARGV[1])
  if count == tonumber(ARGV[1]) then redis.call('expire', KEYS[1], ARGV[2]) end
  return { count, redis.call('pttl', KEYS[1]) }`)

type Limiter = Pick<RateLimiterMemory, 'consume'>

export class RateLimits {
  readonly #limiters: ReadonlyMap<string, Limiter>
  readonly #link: RedisLink | null

  constructor({ rates, perS, isLocal, redisUrl, clock }: RateLimitsOptions) {
    const isShared = redisUrl !== null && [...rates.keys()].some(name => !isLocal(name))
    this.#link = isShared ? openLink(redisUrl, clock) : null
    const link = this.#link
    this.#limiters = new Map(
      [...rates].map(([name, points]) => {
        const window = { keyPrefix: `waggle:rate:${name}`, points, duration: perS }
        const own = new RateLimiterMemory(window)
        return [name, link === null || isLocal(name) ? own : shared(window, own, link)]
      }),
    )
  }

  isLimited(name: string): boolean {
    return this.#limiters.has(name)
  }

  /** @returns milliseconds until it may come again; 0 where it may now. */
  async spend(name: string, who: string): Promise<number> {
    try {
      await this.#limiters.get(name)?.consume(who)
      return 0
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext)
      throw refused
    }
  }

  close(): void {
    this.#link?.close()
  }
}

interface Window {
  readonly keyPrefix: string
  readonly points: number
  readonly duration: number
}

function shared(window: Window, own: RateLimiterMemory, link: RedisLink): Limiter {
  const storeClient = {
    // All that the limiter asks of its client to count.
    rlflxIncr: ([key = '', ...args]: readonly string[]) => link.ask(redis => COUNT.run(redis, [key], args)),
  }
  return new RateLimiterRedis({ ...window, storeClient, insuranceLimiter: own })
}

function openLink(url: string, clock: Clock): RedisLink {
  return new RedisLink({
    connection: redisOptions(url),
    name: 'waggle-rates',
    answerMaxMs: HOT_VIEW_LIMITS.readMaxMs,
    limits: HOT_VIEW_LIMITS,
    clock,
  })
}
