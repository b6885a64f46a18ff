import { Refusal } from '../problem.ts'

/** Counts who comes how often. */
export interface RateLimiter {
  isLimited(name: string): boolean
  /** @returns milliseconds until it may come again; 0 where it may now. */
  spend(name: string, who: string): Promise<number>
}

/** @throws {Refusal} `rate_limited` */
export async function spend(rates: RateLimiter, name: string, who: string): Promise<void> {
  const waitMs = await rates.spend(name, who)
  if (waitMs > 0) throw rateLimited(waitMs)
}

export function rateLimited(waitMs: number): Refusal {
  return new Refusal('rate_limited', 'More requests came than are allowed in a minute.', {
    headers: { 'retry-after': `${Math.ceil(waitMs / 1_000)}` },
  })
}
